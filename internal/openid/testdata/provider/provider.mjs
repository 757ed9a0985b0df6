// A certified OpenID provider with made-up accounts, for the tests of internal/openid.
// It keeps everything in memory, and makes a new signing key at every start.
// provider.mjs PORT JWKS-OF-THE-CLIENT
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import Provider from 'oidc-provider'

const [port, jwks] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
const key = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }

const resident = { nhs_number: '9990000018', family_name: 'Rahman', given_name: 'Amina', birthdate: '1953-04-02', vot: 'P9.Cp.Cd', identity_proofing_level: 'P9' }
const roles = [
  { person_roleid: '1', org_code: 'A1', role_code: 'R8001' },
  { person_roleid: '2', org_code: 'B2', role_code: 'R8003' },
]
const other = { ...resident, nhs_number: '9990000026' }
const staff = { name: 'Sam Green', authentication_assurance_level: '3', nhsid_nrbac_roles: roles, proofs: ['pwd', 'otp'], jobs: [{ post: 'nurse', org: 'A1', team: 'T1' }] }
const accounts = {
  p9: resident,
  other,
  newcomer: { ...resident, nhs_number: '9990000034' },
  born: { ...resident, birthdate: '1953-04-03' },
  p5: { ...resident, identity_proofing_level: 'P5', vot: 'P5.Cp.Cd' },
  p0: { identity_proofing_level: 'P0', vot: 'P0.Cp.Cd' },
  'one-factor': { ...resident, vot: 'P9.Cp' },
  'bad-number': { ...resident, nhs_number: '9990000019' },
  staff,
  chosen: { ...staff, selected_roleid: '2' },
  'gone-role': { ...staff, selected_roleid: '3' },
  'no-role': { ...staff, nhsid_nrbac_roles: [], jobs: [] },
  password: { ...staff, authentication_assurance_level: '1', proofs: ['pwd'] },
}

const client = (id, more) => ({
  client_id: id, response_types: ['code'], grant_types: ['authorization_code'],
  redirect_uris: ['nhs-login', 'cis2', 'plain'].map((n) => `https://onestory.example.org/sign-in/with/${n}/back`), ...more,
})
const provider = new Provider(issuer, {
  clients: [
    client('with-secret', { client_secret: 'not-a-secret-of-anybody' }),
    client('with-key', { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS512', jwks: JSON.parse(jwks) }),
  ],
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  enabledJWA: { clientAuthSigningAlgValues: ['RS512'] },
  conformIdTokenClaims: false,
  extraParams: ['vtr'],
  scopes: ['openid', 'profile_extended', 'nationalrbacaccess', 'selectedrole'],
  claims: {
    openid: ['sub', 'vot', 'identity_proofing_level', 'authentication_assurance_level', 'proofs', 'jobs'],
    profile: ['name', 'nhs_number', 'family_name', 'birthdate'],
    profile_extended: ['given_name'],
    nationalrbacaccess: ['nhsid_nrbac_roles'],
    selectedrole: ['selected_roleid'],
  },
  findAccount: (_, sub) => accounts[sub] && { accountId: sub, claims: () => ({ sub, ...accounts[sub] }) },
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
