/**
 * Draws the taxis over the map, on a canvas of its own: while taxis glide the map below is not drawn again.
 *
 * The graphics card moves them: it gets the begin, the end and the time of each glide once, and the present moment for
 * each picture. Runs in a worker.
 */
import { type Fleet, STATUSES, STRIDE } from './fleet'
import type { View } from './messages'
import type { Theme } from './theme'

const VERTEX = `
attribute vec4 glide;
attribute vec3 timing;
uniform vec2 centre;
uniform vec2 scale;
uniform float now;
uniform float size;
uniform float chosen;
varying float look;
varying float radius;
void main() {
  float part = clamp((now - timing.x) * timing.y, 0.0, 1.0);
  vec2 at = (mix(glide.xy, glide.zw, part) - centre) * scale;
  bool hidden = timing.z < 0.0 && chosen == 0.0;
  look = timing.z < 0.0 ? -1.0 - timing.z : timing.z;
  gl_Position = hidden ? vec4(2.0, 2.0, 0.0, 1.0) : vec4(at, 0.0, 1.0);
  radius = size * 0.5;
  gl_PointSize = size;
}`

const FRAGMENT = `
precision highp float;
uniform vec3 colours[5];
uniform vec3 ring;
uniform float chosen;
varying float look;
varying float radius;
void main() {
  float far = length(gl_PointCoord - 0.5) * 2.0 * radius;
  float edge = 1.0 - smoothstep(radius - 1.0, radius, far);
  float status = mod(look, 8.0);
  vec3 colour = colours[4];
  for (int i = 0; i < 4; i++) if (abs(status - float(i)) < 0.5) colour = colours[i];
  float inner = 1.0 - smoothstep(radius * 0.72 - 0.5, radius * 0.72 + 0.5, far);
  float seen = look >= 8.0 && chosen == 0.0 ? 0.4 : 1.0;
  gl_FragColor = vec4(mix(ring, colour, inner), 1.0) * edge * seen;
}`

/** Part of a pixel that the fastest taxi moves between two pictures: more pictures would look the same. */
const STEP_PX = 0.5
/** Shortest and longest time between two pictures while taxis glide, in milliseconds. */
const FRAME_MS = [1_000 / 60, 250] as const

/** A moment after all glides. */
const END_MS = 1e12

export class TaxiCanvas {
  #gl: WebGLRenderingContext | undefined
  #canvas: OffscreenCanvas | undefined
  #uniforms: Record<string, WebGLUniformLocation | null> = {}
  #fleet: Fleet
  #glidesUntil_ms = 0
  /** The fastest glide, in parts of the world in a millisecond. */
  #fastest = 0
  #frame = 0
  #wait: ReturnType<typeof setTimeout> | undefined
  chosen: string | undefined
  /** True if taxis jump to their new places. */
  isStill = false
  theme: Theme | undefined
  view: View | undefined

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  /** Throws if the browser has no WebGL. */
  drawOn(canvas: OffscreenCanvas): void {
    const gl = canvas.getContext('webgl', { antialias: false, premultipliedAlpha: true })
    if (!gl) throw new Error('no WebGL')
    this.#gl = gl
    this.#canvas = canvas
    this.#prepare(gl)
    canvas.addEventListener('webglcontextlost', (event) => event.preventDefault())
    canvas.addEventListener('webglcontextrestored', () => {
      this.#prepare(gl)
      this.update()
    })
    this.update()
  }

  /** The moment of the glides at which taxis are drawn. */
  get now_ms(): number {
    return this.isStill ? END_MS : performance.now()
  }

  #prepare(gl: WebGLRenderingContext): void {
    const linked = program(gl)
    gl.useProgram(linked)
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer())
    const bytes = Float32Array.BYTES_PER_ELEMENT
    for (const [name, size, first] of [
      ['glide', 4, 0],
      ['timing', 3, 4],
    ] as const) {
      const place = gl.getAttribLocation(linked, name)
      gl.enableVertexAttribArray(place)
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, STRIDE * bytes, first * bytes)
    }
    for (const name of ['centre', 'scale', 'now', 'size', 'chosen', 'colours', 'ring']) {
      this.#uniforms[name] = gl.getUniformLocation(linked, name)
    }
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  }

  /** Sends the taxis to the graphics card, and draws until the last one has arrived. */
  update(): void {
    const gl = this.#gl
    if (!gl) return
    const { glides, size } = this.#fleet
    gl.bufferData(gl.ARRAY_BUFFER, glides.subarray(0, size * STRIDE), gl.DYNAMIC_DRAW)
    this.#glidesUntil_ms = 0
    this.#fastest = 0
    const now_ms = performance.now()
    for (let i = 0; i < size * STRIDE; i += STRIDE) {
      const of = (field: number) => glides[i + field] ?? 0
      const until = of(5) > 0 ? of(4) + 1 / of(5) : 0
      if (until <= now_ms || of(6) < 0) continue
      this.#glidesUntil_ms = Math.max(this.#glidesUntil_ms, until)
      const far = Math.hypot(of(2) - of(0), of(3) - of(1))
      this.#fastest = Math.max(this.#fastest, far * of(5))
    }
    this.draw()
  }

  /** Draws at once. */
  draw(): void {
    this.#paint()
    this.#next()
  }

  #next(): void {
    if (this.#frame || this.#wait || this.isStill || !this.view || !this.#gl) return
    if (performance.now() > this.#glidesUntil_ms) return
    const step_ms = STEP_PX / (this.#fastest * this.view.world_px)
    const wait_ms = Math.min(Math.max(step_ms, FRAME_MS[0]), FRAME_MS[1])
    // A little early: the frame comes with the next refresh of the screen.
    this.#wait = setTimeout(() => {
      this.#wait = undefined
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0
        this.draw()
      })
    }, wait_ms - FRAME_MS[0])
  }

  #paint(): void {
    const gl = this.#gl
    const canvas = this.#canvas
    const { view, theme } = this
    if (!gl || !canvas || !view || !theme) return
    const fleet = this.#fleet
    const { x, y, world_px, dense } = view
    const [width, height] = [Math.round(view.width * dense), Math.round(view.height * dense)]
    if (canvas.width !== width) canvas.width = width
    if (canvas.height !== height) canvas.height = height
    const origin = fleet.origin ?? { x: 0, y: 0 }
    const uniforms = this.#uniforms
    gl.viewport(0, 0, width, height)
    gl.clear(gl.COLOR_BUFFER_BIT)
    if (!fleet.size) return
    gl.uniform2f(uniforms.centre ?? null, x - origin.x, y - origin.y)
    const px = 2 * world_px * dense
    gl.uniform2f(uniforms.scale ?? null, px / width, -px / height)
    gl.uniform1f(uniforms.now ?? null, this.now_ms)
    gl.uniform3fv(uniforms.ring ?? null, rgb(theme.ring))
    gl.uniform3fv(
      uniforms.colours ?? null,
      STATUSES.flatMap((status) => rgb(theme.taxis[status])),
    )
    const size = sizeAt(world_px) * dense
    gl.uniform1f(uniforms.size ?? null, size)
    gl.uniform1f(uniforms.chosen ?? null, 0)
    gl.drawArrays(gl.POINTS, 0, fleet.size)
    // The chosen one lies above all others, also where a filter hides it.
    const chosen = this.chosen === undefined ? undefined : fleet.numberOf(this.chosen)
    if (chosen === undefined) return
    gl.uniform1f(uniforms.chosen ?? null, 1)
    gl.uniform1f(uniforms.size ?? null, Math.max(size * 1.5, 20 * dense))
    gl.uniform3fv(uniforms.ring ?? null, rgb(theme.customer))
    gl.drawArrays(gl.POINTS, chosen, 1)
  }
}

/** Diameter of a taxi in pixels: from far away they must not hide one another. */
function sizeAt(world_px: number): number {
  const zoom = Math.log2(world_px / 512)
  return Math.min(Math.max(6 + (zoom - 10) * 1.6, 5), 15)
}

/** Red, green and blue from 0 to 1. */
function rgb(colour: string): [number, number, number] {
  const part = (from: number) => Number.parseInt(colour.slice(from, from + 2), 16) / 255
  return [part(1), part(3), part(5)]
}

function program(gl: WebGLRenderingContext): WebGLProgram {
  const linked = gl.createProgram()
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind)
    if (!shader) throw new Error('no shader')
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(linked, shader)
  }
  gl.linkProgram(linked)
  if (!gl.getProgramParameter(linked, gl.LINK_STATUS)) {
    throw new Error(gl.getProgramInfoLog(linked) ?? 'no program')
  }
  return linked
}
