// Takes the pictures of the key pages that the documents show.
//
//   node pictures.mjs --base http://127.0.0.1:8080 [--to ../docs/pictures]
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, option, signIn, visitor } from './lib.mjs'

const phone = { width: 390, height: 1180 } // taller than most, to show more than the frame
const desk = { width: 1280, height: 900 }

// Each is a page, who looks at it, the links that lead there, and from where it is shown.
const all = [
  { name: 'home', who: 'amina', path: '/me', ...phone },
  { name: 'record', who: 'amina', path: '/me/record', ...phone },
  { name: 'result', who: 'amina', path: '/me/record/results', follow: ['Haemoglobin A1c'], ...phone },
  { name: 'sharing', who: 'amina', path: '/me/sharing', ...phone },
  { name: 'who-has-looked', who: 'amina', path: '/me/access', before: { who: 'priya', path: '/people', follow: ['Amina Yusuf'] }, ...phone },
  { name: 'print', who: 'amina', path: '/me/print?what=summary&size=standard', ...phone },
  { name: 'my-people', who: 'priya', path: '/people', ...desk },
  { name: 'summary', who: 'priya', path: '/people', follow: ['Amina Yusuf'], ...desk },
]

const base = option('base')
const to = option('to', join(dirname(fileURLToPath(import.meta.url)), '../docs/pictures'))
const most = 120 * 1024

async function lead(browser, { who, path, follow = [], ...window }) {
  const v = await visitor(browser, base, window)
  await signIn(v.context, base, who)
  await v.page.goto(new URL(path, base).href)
  for (const words of follow) {
    await v.page.locator('main').getByRole('link', { name: words }).first().click()
    await v.page.waitForLoadState('load')
  }
  return v
}

mkdirSync(to, { recursive: true })
const browser = await launch()
try {
  for (const p of all.filter((x) => !option('only') || x.name === option('only'))) {
    if (p.before) await (await lead(browser, { ...desk, ...p.before })).context.close()
    const v = await lead(browser, p)
    const session = await v.context.newCDPSession(v.page)
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: p.width > 600 ? 55 : 80 })
    const bytes = Buffer.from(data, 'base64')
    if (bytes.length > most) throw new Error(`${p.name} is ${bytes.length} bytes; at most ${most}`)
    writeFileSync(join(to, `${p.name}.webp`), bytes)
    if (option('png')) await v.page.screenshot({ path: join(option('png'), `${p.name}.png`) })
    console.log(`${p.name}.webp ${bytes.length} bytes`)
    await v.context.close()
  }
} finally {
  await browser.close()
}
