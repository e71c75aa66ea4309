// Verifies the folder of an evidence log. All that it needs to know stands in docs/log-format.md; it uses nothing but Node's standard library:
//   node verify-log.mjs FOLDER [KEYS.json]       KEYS.json: the JWK set of the log that you trust; default: the folder's own keys.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, trusted] = process.argv.slice(2);
const file = name => readFileSync(join(folder, name));
const text = name => file(name).toString('utf8');
const lines = name => text(name).split('\n').slice(0, -1).map(line => JSON.parse(line));
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const fail = (place, message) => { console.log(`${place}: ${message}`); console.log('NOT verified'); process.exit(1); };

// Merkle tree (RFC 6962 §2.1)
const leafHash = entry => sha256(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);
function merkleRoot(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  const split = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return nodeHash(merkleRoot(hashes.slice(0, split)), merkleRoot(hashes.slice(split)));
}
const edge = []; // roots of the complete subtrees, the largest first
let size = 0;
function append(hash) {
  edge.push(hash);
  for (let rest = ++size; rest % 2 === 0; rest /= 2) edge.push(nodeHash(...edge.splice(-2)));
}
const treeRoot = () => edge.length === 0 ? sha256() : edge.reduceRight((right, left) => nodeHash(left, right));

// Keys
const keys = JSON.parse(text('keys.json'));
const logKeys = (trusted ? JSON.parse(readFileSync(trusted)).keys : keys.log).filter(jwk => jwk.crv === 'P-256').map(jwk => createPublicKey({ key: jwk, format: 'jwk' }));
const memberKeys = Object.fromEntries(Object.entries(keys.sources).map(([did, jwks]) => [did, jwks.map(jwk => createPublicKey({ key: jwk, format: 'jwk' }))]));

// Checkpoints: signed notes
function checkpoint(note, place) {
  const end = note.lastIndexOf('\n\n');
  const body = note.slice(0, end + 1);
  const fields = body.split('\n');
  if (end < 0 || fields.length !== 4) fail(place, 'it is not a checkpoint');
  const signed = note.slice(end + 2).split('\n').filter(line => line.startsWith('\u2014 ')).some(line => {
    const signature = Buffer.from(line.split(' ')[2] ?? '', 'base64');
    return logKeys.some(key => sha256(key.export({ type: 'spki', format: 'der' })).subarray(0, 4).equals(signature.subarray(0, 4))
      && verify('sha256', Buffer.from(body), key, signature.subarray(4)));
  });
  if (!signed) fail(place, 'it is not signed by a key of the log');
  return { origin: fields[0], size: Number(fields[1]), root: fields[2] };
}

// Batches: what members have signed
function checkBatch(batch, hashes, place) {
  if (merkleRoot([...hashes, ...batch.rest.map(hash => Buffer.from(hash, 'base64'))]).toString('base64') !== batch.root) fail(place, 'the entries have another root');
  const [header, payload, signature] = batch.signature.split('.');
  const { alg, typ } = JSON.parse(Buffer.from(header, 'base64url'));
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const right = alg === 'ES256' && typ === 'evidence-batch+jwt' && claims.source === batch.source && claims.root === batch.root
    && claims.count === batch.count + batch.rest.length
    && (memberKeys[batch.source] ?? []).some(key => verify('sha256', Buffer.from(`${header}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
  if (!right) fail(place, `it is not signed by ${batch.source}`);
}

// Canonical JSON (RFC 8785)
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map(key => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

// Tiles
function tilePath(level, index, width) {
  let name = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) name = `x${String(rest % 1000).padStart(3, '0')}/${name}`;
  return `tile/${level}/${name}${width === 256 ? '' : `.p/${width}`}`;
}
const tile = path => existsSync(join(folder, path)) ? file(path) : fail(path, 'it is missing');
function* bundle(path) {
  const bytes = tile(path);
  for (let at = 0; at < bytes.length;) {
    const end = at + 2 + (at + 2 <= bytes.length ? bytes.readUInt16BE(at) : Infinity);
    if (end > bytes.length) fail(path, 'it ends within an entry');
    yield bytes.subarray(at + 2, end);
    at = end;
  }
}

// 1 the format and the head
if (text('format') !== 'tds-log-bundle/1\n') fail('format', 'it is another format');
const head = checkpoint(text('checkpoint'), 'checkpoint');
const checkpoints = lines('checkpoints').map((note, i) => ({ place: `checkpoints line ${i + 1}`, ...checkpoint(note, `checkpoints line ${i + 1}`) }));
const batches = lines('batches').map((batch, i) => ({ place: `batches line ${i + 1}`, ...batch }));

// 2 entries, against hashes, batches and checkpoints
let [passed, signed, inBatch, hashes] = [0, 0, [], []];
function passCheckpoints() {
  for (; passed < checkpoints.length && checkpoints[passed].size <= size; passed++) {
    if (checkpoints[passed].size !== size || checkpoints[passed].root !== treeRoot().toString('base64')) fail(checkpoints[passed].place, `it is not over the first ${checkpoints[passed].size} entries of this log`);
  }
}
passCheckpoints();
for (let first = 0; first < head.size; first += 256) {
  const width = Math.min(256, head.size - first);
  const path = tilePath('entries', first / 256, width);
  const stored = tile(tilePath(0, first / 256, width));
  let number = 0;
  for (const entry of bundle(path)) {
    const place = `${path} entry ${number} (index ${first + number})`;
    const hash = leafHash(entry);
    if (!stored.subarray(32 * number, 32 * number + 32).equals(hash)) fail(place, 'it does not have the hash of its tile');
    const value = JSON.parse(entry);
    if (canonical(value) !== entry.toString('utf8')) fail(place, 'it is not in canonical JSON');
    const batch = batches[signed];
    if (batch && size >= batch.first) {
      if (value.source !== batch.source) fail(place, `it stands in a batch of ${batch.source}`);
      inBatch.push(hash);
      if (inBatch.length === batch.count) { checkBatch(batch, inBatch, batch.place); [signed, inBatch] = [signed + 1, []]; }
    } else if (!head.origin.startsWith(`${value.source}/`)) fail(place, `${value.source} has not signed it`);
    append(hash);
    hashes.push(hash);
    number++;
    passCheckpoints();
  }
  if (number !== width || stored.length !== 32 * width) fail(path, `it has ${number} entries and ${stored.length / 32} hashes where ${width} should be`);
}

// 3 higher tiles, each from the full ones below
for (let level = 1; hashes.length >= 256; level++) {
  hashes = Array.from({ length: Math.floor(hashes.length / 256) }, (_, i) => merkleRoot(hashes.slice(256 * i, 256 * i + 256)));
  for (let first = 0; first < hashes.length; first += 256) {
    const path = tilePath(level, first / 256, Math.min(256, hashes.length - first));
    if (!tile(path).equals(Buffer.concat(hashes.slice(first, first + 256)))) fail(path, 'its hashes are not those of the tiles below');
  }
}

// 4 the sum
if (treeRoot().toString('base64') !== head.root) fail('checkpoint', 'its root is not that of the entries');
if (signed !== batches.length || passed !== checkpoints.length) fail('batches', 'a batch or a checkpoint reaches beyond the log');
console.log(`${size} entries, ${passed} checkpoints, ${signed} batches\nroot ${treeRoot().toString('base64')}\nverified`);
