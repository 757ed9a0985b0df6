// Signs in with a passkey as people do, in a browser with an authenticator of its own:
// makes one, signs out, comes back with it, removes it. And as they must not: with an
// answer used twice, with one that was changed, and at another address.
//
//   node passkey.mjs --base http://localhost:18091
//
// The last line is "N passed, M failed".
import { launch, option, signIn, Tally, visitor } from './lib.mjs'

const base = option('base', 'http://localhost:18091')
const browser = await launch()
const tally = new Tally()
const fails = (ok, what) => ok ? [] : [{ rule: 'passkey', what }]

// authenticator gives a page a phone that unlocks when asked.
async function authenticator(page) {
  const wire = await page.context().newCDPSession(page)
  await wire.send('WebAuthn.enable')
  const { authenticatorId } = await wire.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  return { wire, authenticatorId }
}

async function press(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name }).first().click()])
}

try {
  const v = await visitor(browser, base, { width: 390 })
  const phone = await authenticator(v.page)
  await signIn(v.context, base, 'amina')
  await v.page.goto(`${base}/account`)
  await v.page.getByLabel('What do you call it?').fill('My phone')
  await press(v.page, 'Make a passkey')
  tally.check('a passkey is made', fails(await v.page.getByText('My phone').count() > 0 && v.page.url().endsWith('/account'), await v.page.locator('main').innerText()))
  // An address of hers, and somebody who gets back in by it.
  const newest = async (page, like) => { await page.goto(`${base}/demo/mail`); return (await page.locator('main').innerText()).match(like)[0] }
  await v.page.goto(`${base}/account/contacts/new`)
  await v.page.getByLabel('E-mail address').fill('amina@example.org')
  await press(v.page, 'Send me a code')
  const code = await newest(v.page, /\b\d{8}\b/)
  await v.page.goto(`${base}/account/contacts/check`)
  await v.page.getByLabel('Code').fill(code)
  await press(v.page, 'Continue')
  await v.page.goto(`${base}/account`)
  const lost = await visitor(browser, base, { width: 390 })
  await lost.page.goto(`${base}/recover`)
  await lost.page.getByLabel('E-mail address').fill('amina@example.org')
  await press(lost.page, 'Send me a link')
  await lost.page.goto(base + await newest(lost.page, /\/recover\/link\/\S+/))
  await press(lost.page, 'Start the 24 hours')
  tally.check('getting back in waits for a day', fails(lost.page.url().endsWith('/recover/wait'), lost.page.url()))
  const old = (await v.context.cookies()).find((c) => c.name.includes('onestory'))?.value
  await press(v.page, 'Sign out')

  let sent
  v.page.on('request', (r) => { if (r.url().endsWith('/sign-in/passkey') && r.method() === 'POST') sent = r.postData() })
  await v.page.goto(`${base}/sign-in`)
  await press(v.page, 'Sign in with a passkey')
  const over = await lost.page.goto(`${base}/recover/wait`)
  tally.check('a passkey ends getting back in', fails(over.status() === 410, `the page to wait on answers ${over.status()}`))
  const now = (await v.context.cookies()).find((c) => c.name.includes('onestory'))?.value
  tally.check('it signs in, without a name typed', fails(v.page.url() === `${base}/me` && (await v.page.locator('h1').innerText()).includes('Amina'), v.page.url()))
  tally.check('with a session of its own', fails(now && now !== old, 'the session is the one from before'))

  const headers = { Origin: base, 'Content-Type': 'application/x-www-form-urlencoded' }
  const again = await fetch(`${base}/sign-in/passkey`, { method: 'POST', headers, body: sent, redirect: 'manual' })
  tally.check('an answer counts once', fails(again.status === 403, `used again, it answered ${again.status}`))
  const asked = await (await fetch(`${base}/sign-in/passkey/ask`, { method: 'POST', headers })).json()
  const form = new URLSearchParams(sent)
  form.set('ticket', asked.ticket)
  const other = await fetch(`${base}/sign-in/passkey`, { method: 'POST', headers, body: form, redirect: 'manual' })
  tally.check('an answer is to its own challenge', fails(other.status === 403, `under another ticket it answered ${other.status}`))

  // Taken without unlocking, it is one factor, and none.
  await press(v.page, 'Sign out')
  await phone.wire.send('WebAuthn.setUserVerified', { authenticatorId: phone.authenticatorId, isUserVerified: false })
  await v.page.goto(`${base}/sign-in`)
  await press(v.page, 'Sign in with a passkey')
  tally.check('a passkey that is not unlocked signs nobody in', fails(!v.page.url().endsWith('/me'), v.page.url()))
  await phone.wire.send('WebAuthn.setUserVerified', { authenticatorId: phone.authenticatorId, isUserVerified: true })

  // At an address of numbers a passkey cannot work, and the page says where it does.
  const numbers = base.replace('localhost', '127.0.0.1')
  const there = await visitor(browser, numbers)
  await there.page.goto(`${numbers}/sign-in`)
  await press(there.page, 'Sign in with a passkey')
  tally.check('elsewhere the page says where it works', fails((await there.page.locator('main').innerText()).includes(base), await there.page.locator('main').innerText()))
  await there.context.close()

  await v.page.goto(`${base}/sign-in`)
  await press(v.page, 'Sign in with a passkey')
  await v.page.goto(`${base}/account`)
  await v.page.getByRole('link', { name: /^Remove/ }).first().click()
  await press(v.page, 'Remove the passkey')
  tally.check('the last way in is asked about twice', fails(await v.page.getByText('You would have no way to sign in').count() === 1, await v.page.locator('main').innerText()))
  await press(v.page, 'Remove it all the same')
  tally.check('it is removed', fails(await v.page.getByText('You have no passkey yet').count() === 1, await v.page.locator('main').innerText()))
  await press(v.page, 'Sign out')
  await v.page.goto(`${base}/sign-in`)
  await press(v.page, 'Sign in with a passkey')
  tally.check('and signs nobody in any more', fails(!v.page.url().endsWith('/me'), v.page.url()))
} catch (e) {
  tally.check('the walk', [{ rule: 'opens', what: e.message.split('\n')[0] }])
} finally {
  await browser.close()
}
process.exit(tally.close())
