// Opens pages as a person meets them and holds each to the rules.
//
//   node check.mjs --base http://127.0.0.1:8080 [--pages pages.json] [--only /path] [--quick]
//   node check.mjs --self-test
//
// pages.json is a list of {path, who?, follow?, status?, name?, alive?, sheet?}: whom to sign in as (a
// name of the demonstration), which links to follow from path by their words, since
// ids differ from one area to the next, what the page answers,
// and how many sides of paper it may take. Pictures are left in out/. The last line is
// "N passed, M failed".
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, option, signIn, Tally, visitor } from './lib.mjs'
import { accessible, alone, drawn, enlarged, fits, focused, printed, scriptless, shaped, strict } from './rules.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const languages = [{ lang: 'en', dir: 'ltr' }, { lang: 'ar-XB', dir: 'rtl' }]

// examine holds one page, already open in a window of some width, to the rules.
export async function examine(v, answer, { width, lang, dir, keyboard }) {
  const faults = [...alone(v.elsewhere), ...strict(answer), ...await shaped(v.page, { lang, dir }), ...await fits(v.page, `${width} px`), ...await drawn(v.page, `${width} px`), ...await accessible(v.page)]
  if (keyboard) faults.push(...await focused(v.page))
  return faults
}

async function main() {
  if (process.argv.includes('--self-test')) {
    const { selfTest } = await import('./planted.mjs')
    process.exit(await selfTest(examineAll))
  }
  const base = option('base')
  if (!base) {
    console.error('check.mjs: say where the pages are: --base http://127.0.0.1:8080')
    process.exit(2)
  }
  const only = option('only')
  const steps = JSON.parse(readFileSync(option('pages', join(here, 'pages.json')))).filter((s) => !only || s.path === only)
  mkdirSync(join(here, 'out'), { recursive: true })
  const browser = await launch()
  const tally = new Tally()
  try {
    const waiting = [...steps]
    const work = async () => {
      for (let step = waiting.shift(); step; step = waiting.shift()) await examineAll(browser, base, step, tally, { pictures: true, quick: process.argv.includes('--quick') })
    }
    await Promise.all([work(), work()])
  } finally {
    await browser.close()
  }
  process.exit(tally.close())
}

// address is where a step leads: its path, or where the links it follows end.
async function address(browser, base, step) {
  if (!step.follow) return step.path
  const v = await visitor(browser, base, { width: 1280 })
  try {
    if (step.who) await signIn(v.context, base, step.who)
    await v.page.goto(new URL(step.path, base).href)
    for (const words of step.follow) {
      await v.page.locator('main').getByRole('link', { name: words }).first().click()
    }
    return new URL(v.page.url()).pathname
  } finally {
    await v.context.close()
  }
}

// examineAll opens a page at each width and in each language, enlarged and without
// scripts, and tallies each.
async function examineAll(browser, base, step, tally, { pictures = false, quick = false } = {}) {
  const name = step.name ?? (`${step.who ?? ''}${step.path}`.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'start')
  const wanted = step.status ?? 200
  let path = step.path
  try {
    path = await address(browser, base, step)
  } catch (e) {
    return tally.check(name, [{ rule: 'leads there', what: e.message.split('\n')[0] }])
  }
  for (const { lang, dir } of quick ? languages.slice(0, 1) : languages) {
    const url = new URL(path, base)
    url.searchParams.set('lang', lang)
    let read
    for (const width of [390, 1280]) {
      const at = `${name} ${lang} ${width}`
      await attempt(tally, at, async () => {
        const v = await visitor(browser, base, { width, height: width < 600 ? 844 : 900 })
        try {
          if (step.who) await signIn(v.context, base, step.who)
          const answer = await v.page.goto(url.href)
          if (answer.status() !== wanted) return [{ rule: 'status', what: `answered ${answer.status()}, want ${wanted}` }]
          if (pictures) await v.page.screenshot({ path: join(here, 'out', `${name}-${width}-${lang}.png`), fullPage: true, caret: 'initial' })
          read = await v.page.evaluate(() => document.body.innerText)
          const faults = await examine(v, answer, { width, lang, dir, keyboard: lang === 'en' && width === 1280 })
          if (step.sheet && width === 1280) faults.push(...await printed(v.page, step.sheet))
          return faults
        } finally {
          await v.context.close()
        }
      })
    }
    await attempt(tally, `${name} ${lang} 320, enlarged, without scripts`, async () => {
      const v = await visitor(browser, base, { width: 320, height: 700, script: false })
      try {
        if (step.who) await signIn(v.context, base, step.who)
        await v.page.goto(url.href)
        const faults = [...await fits(v.page, '320 px'), ...await drawn(v.page, '320 px')]
        await v.page.setViewportSize({ width: 1280, height: 900 })
        // Some pages tell of their own opening, and so differ each time.
        if (!step.alive) faults.push(...scriptless(read ?? '', await v.page.evaluate(() => document.body.innerText)))
        faults.push(...await enlarged(v.page, '1280 px'))
        await v.page.setViewportSize({ width: 320, height: 700 })
        faults.push(...await enlarged(v.page, '320 px'))
        if (pictures) await v.page.screenshot({ path: join(here, 'out', `${name}-320-large-${lang}.png`), fullPage: true, caret: 'initial' })
        return faults
      } finally {
        await v.context.close()
      }
    })
  }
}

async function attempt(tally, name, act) {
  try {
    tally.check(name, await act())
  } catch (e) {
    tally.check(name, [{ rule: 'opens', what: e.message.split('\n')[0] }])
  }
}

await main()
