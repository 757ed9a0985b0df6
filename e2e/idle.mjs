// Stays away from an open page for too long, as people do: is asked, stays, stays away
// again, and finds what was typed. Only the time is made up: how long is left is answered
// here in place of the server, which is tried in internal/web.
//
//   node idle.mjs --base http://127.0.0.1:18091
//
// The last line is "N passed, M failed".
import { launch, option, signIn, Tally, visitor } from './lib.mjs'

const base = option('base', 'http://127.0.0.1:18091')
const browser = await launch()
const tally = new Tally()
const fails = (ok, what) => ok ? [] : [{ rule: 'idle', what }]
const words = 'She was short of breath last night.'

try {
  const v = await visitor(browser, base, { width: 390 })
  await signIn(v.context, base, 'leila')
  let left = 100
  await v.page.route('**/idle', (r) => r.fulfill({ json: { left, warn: 120 } }))
  await v.page.clock.install()
  await v.page.goto(`${base}/carer`)
  await v.page.getByRole('link', { name: /Amina/ }).first().click()
  await v.page.waitForLoadState()
  await v.page.goto(`${v.page.url().replace(/[?#].*/, '')}/tell`)
  await v.page.locator('textarea').fill(words)
  const page = v.page.url()

  await v.page.clock.runFor('29:00')
  const dialog = v.page.getByRole('dialog', { name: 'Are you still there?' })
  await dialog.waitFor({ timeout: 5000 })
  tally.check('a page asks before the end', [])
  const stayed = v.page.waitForRequest((r) => r.url().endsWith('/stay') && r.method() === 'POST')
  await dialog.getByRole('button', { name: 'Stay signed in' }).press('Enter')
  await stayed
  await dialog.waitFor({ state: 'hidden' })
  tally.check('who is there stays, with what was typed', fails(await v.page.locator('textarea').inputValue() === words, 'the words are gone'))

  left = 10
  const saved = v.page.waitForResponse((r) => r.url().includes('/kept?at=') && r.request().method() === 'POST')
  await v.page.clock.runFor('02:00')
  tally.check('who is not has it kept', fails((await saved).status() === 204, `answered ${(await saved).status()}`))

  const back = await visitor(browser, base, { width: 390 })
  await signIn(back.context, base, 'leila')
  await back.page.goto(`${base}/kept`)
  tally.check('it waits', fails((await back.page.locator('main').innerText()).includes(words), await back.page.locator('main').innerText()))
  await back.page.getByRole('link', { name: 'Go back to it' }).click()
  await back.page.waitForFunction((w) => document.querySelector('textarea')?.value === w, words, { timeout: 5000 })
  tally.check('and is filled in where it was typed', fails(back.page.url().startsWith(page), back.page.url()))
  await back.page.goto(`${base}/kept`)
  await back.page.getByRole('button', { name: /Throw it away/ }).click()
  await back.page.waitForLoadState()
  tally.check('or thrown away', fails((await back.page.locator('main').innerText()).includes('nothing that waits'), await back.page.locator('main').innerText()))
} catch (e) {
  tally.check('the walk', [{ rule: 'opens', what: e.message.split('\n')[0] }])
} finally {
  await browser.close()
}
process.exit(tally.close())
