<?php
function deskbell_identity(array $user): string {
    $part = fn (string $data) => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
    $now = time();
    $claims = [
        'aud' => getenv('DESKBELL_SITE'),
        'sub' => (string) $user['id'],
        'name' => $user['name'],
        'email' => $user['email'],
        'iat' => $now,
        'exp' => $now + 3600,
    ];
    $header = json_encode(['alg' => 'HS256', 'typ' => 'JWT']);
    $signed = $part($header) . '.' . $part(json_encode($claims));
    $signature = hash_hmac('sha256', $signed, getenv('DESKBELL_SECRET'), true);
    return $signed . '.' . $part($signature);
}
