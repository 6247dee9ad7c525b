// The peer in JavaScript (同类): mqtt.js into SQLite or PostgreSQL, each message acknowledged after its commit.
//
// mqtt.js hands over one message at a time and sends the PUBACK when it is told that the message was handled, so a
// commit is a message. It records each event once and keeps one row a parcel; no signature is checked and no receipt
// is signed: less than we do.
// Arguments: host, port, username, password, messages, database (a SQLite file or a postgres:// address).
// Prints `ready` once subscribed, `done` after the last commit.
import mqtt from 'mqtt'

const [host, port, username, password, messages, database] = process.argv.slice(2)
const SCHEMA = [
  `CREATE TABLE scan (event_id text PRIMARY KEY, seq bigint, waybill_no text, step text, event_time text,
   record_time text, carrier text, station text, device text, operator text, details text)`,
  'CREATE INDEX scan_waybill_no ON scan (waybill_no)',
  'CREATE INDEX scan_carrier ON scan (carrier)',
  `CREATE TABLE where_is (waybill_no text PRIMARY KEY, carrier text, state text, last_station text, last_time text,
   scans integer)`
]
const INSERT = 'INSERT INTO scan VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) ON CONFLICT (event_id) DO NOTHING'
const UPSERT = `INSERT INTO where_is VALUES ($1,$2,$3,$4,$5,1) ON CONFLICT (waybill_no) DO UPDATE SET
  state = excluded.state, last_station = excluded.last_station, last_time = excluded.last_time,
  scans = where_is.scans + 1`
const save = await (database.startsWith('postgres') ? openPostgres(database) : openSqlite(database))
let seen = 0

const client = mqtt.connect({
  host, port: Number(port), username, password, clientId: 'bench-mqttjs', clean: false, protocolVersion: 4
})
client.handleMessage = (packet, acknowledge) => {
  save(read(packet)).then(() => {
    acknowledge()
    seen += 1
    if (seen === Number(messages)) {
      console.log('done')
      client.end(false, {}, () => process.exit(0))
    }
  }, (error) => { console.error(error.message); process.exit(1) })
}
client.on('connect', () => client.subscribe('jixin/v1/+/+/+/scans', { qos: 1 }, () => console.log('ready')))

function read (packet) {
  const [,, carrier, station, device] = packet.topic.split('/')
  const now = new Date().toISOString()
  return JSON.parse(packet.payload.toString()).events.map((event) => {
    for (const name of ['event_id', 'waybill_no', 'step', 'event_time']) {
      if (typeof event[name] !== 'string') throw new Error(`${name} is missing`)
    }
    const { event_id: id, seq, waybill_no: waybill, step, event_time: time, operator = null, details = {} } = event
    return {
      scan: [id, seq, waybill, step, time, now, carrier, station, device, operator, JSON.stringify(details)],
      parcel: [waybill, carrier, step, station, time]
    }
  })
}

async function openSqlite (file) {
  const { default: Database } = await import('better-sqlite3')
  const store = new Database(file)
  store.pragma('journal_mode = WAL')
  store.pragma('synchronous = FULL')
  for (const statement of SCHEMA) store.exec(statement)
  const [insert, upsert] = [INSERT, UPSERT].map((text) => store.prepare(text.replace(/\$\d+/g, '?')))
  const commit = store.transaction((rows) => {
    for (const { scan, parcel } of rows) if (insert.run(...scan).changes) upsert.run(...parcel)
  })
  return async (rows) => commit(rows)
}

async function openPostgres (address) {
  const { default: pg } = await import('pg')
  const store = new pg.Client({ connectionString: address })
  await store.connect()
  for (const statement of SCHEMA) await store.query(statement)
  return async (rows) => {
    await store.query('BEGIN')
    for (const { scan, parcel } of rows) {
      const { rowCount } = await store.query({ name: 'insert', text: INSERT, values: scan })
      if (rowCount) await store.query({ name: 'upsert', text: UPSERT, values: parcel })
    }
    await store.query('COMMIT')
  }
}
