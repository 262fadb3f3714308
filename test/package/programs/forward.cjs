// Forwards frames between two software VFs and prints what happened. Takes the package as its argument, so that it is the
// same program for import and require.
module.exports = async function forward({ createPool, openPort, PmdError }) {
  const pool = await createPool();
  const a = await openPort('emu:a,peer=flood', { pool });
  const b = await openPort('emu:b,peer=flood,rate=1', { pool });
  const burst = pool.createBurst(32);
  let sent = 0;
  const deadline = Date.now() + 30_000;
  while (sent < 1000 && Date.now() < deadline) {
    a.rx[0].receive(burst);
    sent += b.tx[0].send(burst);
    burst.release();
    await new Promise(setImmediate);
  }
  await a.close();
  await b.close();
  await pool.close();
  const closed = await openPort('nowhere').catch((error) => error instanceof PmdError && error.code);
  return { version: process.version, forwarded: sent >= 1000, closed };
};
