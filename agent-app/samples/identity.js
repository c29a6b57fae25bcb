const { createHmac } = require("node:crypto");

function deskbellIdentity(user) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    aud: process.env.DESKBELL_SITE,
    sub: String(user.id),
    name: user.name,
    email: user.email,
    iat: now,
    exp: now + 3600,
  };
  const signed = part({ alg: "HS256", typ: "JWT" }) + "." + part(claims);
  const signature = createHmac("sha256", process.env.DESKBELL_SECRET).update(signed);
  return signed + "." + signature.digest("base64url");
}
