// Walks the journeys of journeys.txt, in each way that somebody may have to go.
//
//   node journeys.mjs --base http://127.0.0.1:8080 [--file journeys.txt] [--only J9]
//   node journeys.mjs --self-test
//
// The last line is "N passed, M failed".
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, option, Tally } from './lib.mjs'
import { Client, Keyboard, Scriptless } from './walkers.mjs'

const here = dirname(fileURLToPath(import.meta.url))

// ways are how each journey is walked. In the mirrored language all runs from right to
// left; its words are the same once the marks of direction are taken out.
export const ways = [
  { name: 'keyboard, 1280', walker: Keyboard, width: 1280 },
  { name: 'keyboard, 390, right to left, text at 200 %', walker: Keyboard, width: 390, lang: 'ar-XB', large: true },
  { name: 'keyboard, 390', walker: Keyboard, width: 390 },
  { name: 'no script, 390', walker: Scriptless, width: 390 },
  { name: 'no script, 1280, right to left', walker: Scriptless, width: 1280, lang: 'ar-XB' },
  { name: 'no script, 1280, text at 200 %', walker: Scriptless, width: 1280, large: true },
  { name: 'no browser', walker: Client },
  { name: 'no browser, right to left', walker: Client, lang: 'ar-XB' },
]

// read makes journeys of their text.
export function read(text) {
  const all = []
  for (const [i, line] of text.split('\n').entries()) {
    const words = line.trim()
    if (words === '' || words.startsWith('#')) continue
    const head = /^journey ([^,]+), (\d+) pages?, (\d+) clicks?(, once)?: (.+)$/.exec(words)
    if (head) {
      all.push({ name: head[1], pages: +head[2], clicks: +head[3], once: Boolean(head[4]), what: head[5], steps: [], last: [] })
      continue
    }
    const j = all.at(-1)
    const [, verb, rest] = /^(\S+) ?(.*)$/.exec(words)
    if (!j || !(verb in verbs || ['as', 'aside', 'finally'].includes(verb))) throw new Error(`line ${i + 1}: "${words}" is no step`)
    if (verb === 'finally') j.ended = true
    else (j.ended ? j.last : j.steps).push({ verb, rest })
  }
  return all
}

const verbs = {
  open: (w, path) => w.open(path),
  follow: (w, words) => w.follow(words),
  choose: (w, words) => w.choose(words),
  press: (w, words) => w.press(words),
  type: (w, words) => w.type(...words.split(' = ')),
  expect: async (w, words) => { if (!(await w.text()).includes(words)) throw new Error(`the page does not say "${words}"`) },
  absent: async (w, words) => { if ((await w.text()).includes(words)) throw new Error(`the page says "${words}"`) },
  again: async (w, status) => {
    await w.again()
    if (w.status !== +status) throw new Error(`answers ${w.status}, not ${status}`)
  },
}

// walk goes one journey in one way, and tells what was wrong.
export async function walk(browser, base, journey, way) {
  const faults = []
  const others = new Map()
  let walker
  const step = async ({ verb, rest }) => {
    if (verb === 'as') return void (walker = await way.walker.start(browser, base, rest, way))
    if (verb !== 'aside') return verbs[verb](walker, rest)
    const [, who, verb2, words] = /^(\S+) (\S+) ?(.*)$/.exec(rest)
    if (!others.has(who)) others.set(who, await Client.start(null, base, who))
    return verbs[verb2](others.get(who), words)
  }
  const all = async (steps) => {
    for (const s of steps) {
      try {
        await step(s)
      } catch (e) {
        return void faults.push({ rule: 'way', what: `${s.verb} ${s.rest}: ${e.message.split('\n')[0]}` })
      }
    }
  }
  await all(journey.steps)
  if (walker) {
    faults.push(...walker.faults)
    if (walker.pages > journey.pages || walker.clicks > journey.clicks) {
      faults.push({ rule: 'ceiling', what: `${walker.pages} pages and ${walker.clicks} clicks; the ceiling is ${journey.pages} and ${journey.clicks}` })
    }
    await walker.close()
  }
  await all(journey.last)
  return { faults, pages: walker?.pages, clicks: walker?.clicks }
}

async function main() {
  if (process.argv.includes('--self-test')) {
    const { selfTest } = await import('./planted-journeys.mjs')
    process.exit(await selfTest())
  }
  const base = option('base')
  if (!base) {
    console.error('journeys.mjs: say where the pages are: --base http://127.0.0.1:8080')
    process.exit(2)
  }
  const only = option('only')
  const all = read(readFileSync(option('file', join(here, 'journeys.txt')), 'utf8')).filter((j) => !only || j.name.startsWith(only))
  const browser = await launch()
  const tally = new Tally()
  // Open pages follow what is changed elsewhere; so what changes anything goes alone.
  const changes = (j) => j.once || j.last.length > 0
  const work = async (waiting) => {
    for (let j = waiting.shift(); j; j = waiting.shift()) {
      let gone
      for (const way of j.once ? ways.slice(0, 1) : ways) {
        gone = await walk(browser, base, j, way)
        tally.check(`${j.name}, ${way.name}`, gone.faults)
      }
      console.log(`${j.name}: ${gone.pages} of ${j.pages} pages, ${gone.clicks} of ${j.clicks} clicks: ${j.what}`)
    }
  }
  try {
    const reading = all.filter((j) => !changes(j))
    await Promise.all([work(reading), work(reading)])
    await work(all.filter(changes))
  } finally {
    await browser.close()
  }
  process.exit(tally.close())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
