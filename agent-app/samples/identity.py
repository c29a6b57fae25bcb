import base64, hashlib, hmac, json, os, time

def deskbell_identity(user):
    now = int(time.time())
    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    def part(value):
        return encoded(json.dumps(value).encode())
    claims = {
        "aud": os.environ["DESKBELL_SITE"],
        "sub": str(user["id"]),
        "name": user["name"],
        "email": user["email"],
        "iat": now,
        "exp": now + 3600,
    }
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    key = os.environ["DESKBELL_SECRET"].encode()
    signature = hmac.new(key, signed, hashlib.sha256).digest()
    return (signed + b"." + encoded(signature)).decode()
