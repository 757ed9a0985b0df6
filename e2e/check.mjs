// Opens pages as a person meets them and holds each to the rules.
//
//   node check.mjs --base http://127.0.0.1:8080 [--pages pages.json] [--only NAME] [--quick] [--pictures] [--update]
//   node check.mjs --self-test
//
// pages.json is a list of {path, who?, follow?, status?, name?, alive?, outline?, sheet?, except?}:
// whom to sign in as (a name of the demonstration), which links to follow from path by
// their words, since ids differ from one area to the next, and what the page answers;
// whether it differs at each opening, whether its outline is kept in golden/, and how many
// sides of paper it may take; and which rule does not hold there, and why. --pictures
// leaves pictures in out/, --update keeps the outlines anew. The last line is
// "N passed, M failed".
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, option, signIn, Tally, visitor } from './lib.mjs'
import { accessible, alone, drawn, enlarged, fits, focused, light, outline, ownColours, printed, scriptless, shaped, strict, valid, weight } from './rules.mjs'
import { worded } from './words.mjs'

const here = dirname(fileURLToPath(import.meta.url))
// Rules that hold for whole pages and not for samples of parts, such as how words read.
const spared = (option('spare', '')).split(',')
const languages = [{ lang: 'en', dir: 'ltr' }, { lang: 'ar-XB', dir: 'rtl' }, { lang: 'en-XA', dir: 'ltr' }]

// examine holds one page, already open in a window of some width, to the rules.
export async function examine(v, { width, lang, dir, once }) {
  const faults = [...await shaped(v.page, { lang, dir }), ...await fits(v.page, `${width} px`), ...await drawn(v.page, `${width} px`)]
  if (lang !== 'en-XA') faults.push(...await accessible(v.page))
  if (once) faults.push(...await ownColours(v.page), ...await focused(v.page))
  return faults
}

async function main() {
  if (process.argv.includes('--self-test')) {
    const { selfTest } = await import('./planted.mjs')
    process.exit(await selfTest(async (browser, base, step, tally) => {
      const crowd = new Crowd(browser, base)
      await examineAll(crowd, step, tally, { quick: true })
      await crowd.close()
    }))
  }
  const base = option('base')
  if (!base) {
    console.error('check.mjs: say where the pages are: --base http://127.0.0.1:8080')
    process.exit(2)
  }
  const only = option('only')
  const steps = JSON.parse(readFileSync(option('pages', join(here, 'pages.json')))).filter((s) => !only || s.path === only || s.name === only)
  for (const kept of ['out', 'golden']) mkdirSync(join(here, kept), { recursive: true })
  const browser = await launch()
  const tally = new Tally()
  try {
    const waiting = [...steps]
    const said = (name) => process.argv.includes(`--${name}`)
    const work = async () => {
      const crowd = new Crowd(browser, base)
      for (let step = waiting.shift(); step; step = waiting.shift()) {
        await examineAll(crowd, step, tally, { pictures: said('pictures'), quick: said('quick'), update: said('update') })
      }
      await crowd.close()
    }
    await Promise.all([work(), work()])
  } finally {
    await browser.close()
  }
  process.exit(tally.close())
}

// A crowd is the windows of those who visit: one each, with scripts or without, kept
// from page to page.
class Crowd {
  windows = new Map()

  constructor(browser, base) { Object.assign(this, { browser, base }) }

  async of(who, script) {
    const key = `${who} ${script}`
    if (!this.windows.has(key)) {
      const v = await visitor(this.browser, this.base, { width: 1280, height: 900, script })
      if (who) await signIn(v.context, this.base, who)
      this.windows.set(key, v)
    }
    return this.windows.get(key)
  }

  async close() { for (const v of this.windows.values()) await v.context.close() }
}

// named is for links whose names hold these words; after ^, begin with them.
const named = (words) => (words.startsWith('^') ? new RegExp(words) : words)

// address is where a step leads: its path, or where the links it follows end.
async function address(v, base, step) {
  if (!step.follow) return step.path
  await v.page.goto(new URL(step.path, base).href)
  for (const words of step.follow) {
    await v.page.locator('main').getByRole('link', { name: named(words) }).first().click()
  }
  await v.page.mouse.move(0, 0) // a link under the pointer looks otherwise
  return new URL(v.page.url()).pathname
}

// examineAll opens a page in each language, at each width, enlarged and without
// scripts, and tallies each.
async function examineAll(crowd, step, tally, { pictures = false, quick = false, update = false } = {}) {
  const { base } = crowd
  const name = step.name ?? (`${step.who ?? ''}${step.path}`.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'start')
  const wanted = step.status ?? 200
  const v = await crowd.of(step.who, true)
  const bare = await crowd.of(step.who, false)
  const picture = (page, at) => pictures && page.screenshot({ path: join(here, 'out', `${name}-${at}.png`), fullPage: true, caret: 'initial' })
  let path = step.path
  try {
    path = await address(v, base, step)
  } catch (e) {
    return tally.check(name, [{ rule: 'leads there', what: e.message.split('\n')[0] }])
  }
  for (const { lang, dir } of quick ? languages.slice(0, 1) : languages) {
    const url = new URL(path, base)
    url.searchParams.set('lang', lang)
    let read
    await attempt(tally, `${name} ${lang}`, async () => {
      v.elsewhere.length = 0
      await v.page.setViewportSize({ width: 1280, height: 900 })
      const answer = await v.page.goto(url.href)
      if (answer.status() !== wanted) return [{ rule: 'status', what: `answered ${answer.status()}, want ${wanted}` }]
      read = await v.page.evaluate(() => document.body.innerText)
      const faults = [...strict(answer)]
      if (lang === 'en') {
        const html = await answer.text()
        const cookies = (await v.context.cookies()).map((c) => `${c.name}=${c.value}`).join('; ')
        faults.push(...await valid(html), ...await light(await weight(url.href, { Cookie: cookies }), html, base))
        faults.push(...await worded(v.page, { staff: /^\/(people|staff)/.test(path) }))
        if (step.outline) faults.push(...compared(name, await outline(v.page), update))
      }
      for (const width of [1280, 390]) {
        await v.page.setViewportSize({ width, height: width < 600 ? 844 : 900 })
        faults.push(...await examine(v, { width, lang, dir, once: lang === 'en' && width === 1280 }))
        await picture(v.page, `${width}-${lang}`)
      }
      if (step.sheet && lang === 'en') faults.push(...await printed(v.page, step.sheet))
      return [...alone(v.elsewhere), ...faults].filter((f) => !(f.rule in (step.except ?? {})) && !spared.includes(f.rule))
    })
    if (lang === 'en-XA') continue
    await attempt(tally, `${name} ${lang} enlarged, without scripts`, async () => {
      const { page } = bare
      await page.setViewportSize({ width: 320, height: 700 })
      await page.goto(url.href)
      const faults = [...await fits(page, '320 px'), ...await drawn(page, '320 px')]
      await page.setViewportSize({ width: 1280, height: 900 })
      // Some pages tell of their own opening, and so differ each time.
      if (!step.alive) faults.push(...scriptless(read ?? '', await page.evaluate(() => document.body.innerText)))
      faults.push(...await enlarged(page, '1280 px'))
      await page.setViewportSize({ width: 320, height: 700 })
      faults.push(...await enlarged(page, '320 px'))
      await picture(page, `320-large-${lang}`)
      return faults
    })
  }
}

// compared holds the outline of a page to the one kept; --update keeps it anew.
function compared(name, found, update) {
  const path = join(here, 'golden', `${name}.txt`)
  if (update) return void writeFileSync(path, found) ?? []
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (kept === found) return []
  const had = kept.split('\n')
  const at = found.split('\n').findIndex((line, i) => line !== had[i])
  return [{ rule: 'outline', what: `line ${at + 1} of golden/${name}.txt is now "${found.split('\n')[at]?.trim()}", not "${had[at]?.trim() ?? ''}"; if so meant, --update` }]
}

async function attempt(tally, name, act) {
  try {
    tally.check(name, await act())
  } catch (e) {
    tally.check(name, [{ rule: 'opens', what: e.message.split('\n')[0] }])
  }
}

await main()
