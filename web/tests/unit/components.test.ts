import { createRawSnippet } from 'svelte'
import { render } from 'svelte/server'
import { beforeAll, expect, test } from 'vitest'
import { ApiError } from '../../src/api/errors'
import HailBadge from '../../src/console/parts/HailBadge.svelte'
import Bars from '../../src/ui/figures/Bars.svelte'
import Chart from '../../src/ui/figures/Chart.svelte'
import Pager from '../../src/ui/Pager.svelte'
import State from '../../src/ui/State.svelte'
import Table from '../../src/ui/Table.svelte'
import { words } from '../../src/words'
import { en } from '../../src/words/en'

beforeAll(() => {
  words.all = en
  words.language = 'en'
})

/** The text of a component, without its marks. */
function text(html: string): string {
  return html
    .replace(/<!--.*?-->|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

test('a state has its word, and one of a newer registry is shown as it is', () => {
  expect(text(render(HailBadge, { props: { status: 'timeout_taxi' } }).body)).toBe(
    'No answer from the taxi',
  )
  expect(text(render(HailBadge, { props: { status: 'teleported' } }).body)).toBe('teleported')
})

test('forbidden, missing and failed are different sentences', () => {
  const said = (error: ApiError) => text(render(State, { props: { error } }).body)
  const all = [
    new ApiError('forbidden', 403),
    new ApiError('missing', 404),
    new ApiError('offline'),
  ].map(said)
  expect(new Set(all).size).toBe(3)
  expect(said(new ApiError('busy', 429, [], 12))).toContain('12 sec')
})

test('a row of a table is named by its first cell, which is its link', () => {
  const cell = createRawSnippet((row: () => { id: string }) => ({
    render: () => `<i>${row().id}</i>`,
  }))
  const columns = [
    { name: 'Id', cell },
    { name: 'Again', cell },
  ]
  const props = {
    caption: 'Rows',
    columns,
    rows: [{ id: 'a1' }],
    key: () => 'a1',
    href: () => '/console/a1',
  }
  const { body } = render(Table, { props } as never)
  expect(body).toMatch(/<th scope="row"[^>]*>.*<a[^>]*href="\/console\/a1"/s)
  expect(body).toContain('<caption')
})

test('a pager has ways to neighbours that exist', () => {
  const href = (page: number) => `?p=${page}`
  const meta = { next_page: 2, prev_page: null, per_page: 30, pages: 2, total: 31 }
  const { body } = render(Pager, { props: { meta, page: 1, href } })
  expect(body).toContain('href="?p=2"')
  expect(body).not.toContain('href="?p=0"')
  expect(text(body)).toContain('1–30 of 31')
})

test('a chart is named from the start, and drawn when it comes in sight', () => {
  const at = new Date('2024-02-29T12:00:00Z')
  const props = {
    title: 'Hails',
    axis: 'Minute',
    series: [{ name: 'Ended', tone: 1 as const }],
    points: [{ at, values: [7] }],
  }
  const { body } = render(Chart, { props })
  expect(body).toContain('aria-label="Hails"')
  expect(body).not.toContain('<path class="bars')
  expect(text(body)).toBe('Hails Ended')
})

test('a chart without a single known value says so, and offers no empty file', () => {
  const series = [{ name: 'Searches', tone: 1 as const }]
  const chart = (values: (number | null)[]) =>
    render(Chart, {
      props: { title: 'Searches', axis: 'Day', series, points: [{ at: new Date(0), values }] },
    }).body
  expect(text(chart([null]))).toBe('Searches No data for this choice.')
  expect(chart([null])).not.toContain('CSV')
  expect(text(chart([0]))).not.toContain('No data')
  expect(chart([0])).toContain('Download as CSV: Searches')
})

test('a bar of an unknown value has no length, and does not say 0', () => {
  const rows = [
    { key: 'a', name: 'Lyon', value: 4 },
    { key: 'b', name: 'Paris', value: null },
    { key: 'c', name: 'Nice', value: 0 },
  ]
  const { body } = render(Bars, { props: { title: 'Taxis', axis: 'Town', unit: 'Taxis', rows } })
  expect(text(body)).toMatch(/Lyon 4 Paris – Nice 0$/)
  expect(body.match(/<rect/g)).toHaveLength(1)
})

test('ten thousand rows come fifty at a time', () => {
  const cell = createRawSnippet((row: () => number) => ({ render: () => `<b>row ${row()}</b>` }))
  const rows = Array.from({ length: 10_000 }, (_, i) => i)
  const { body } = render(Table<number>, {
    props: { caption: 'Rows', columns: [{ name: 'Row', cell }], rows, key: (row: number) => row },
  })
  expect(body.match(/<b>row/g)).toHaveLength(50)
  expect(text(body)).toContain('1–50 of 10,000 Show more')
})
