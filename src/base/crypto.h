#pragma once

// The hashes that log-ins are made of. Results are raw bytes, not hexadecimal.

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace octavo {

constexpr std::size_t kSha1Size = 20;
constexpr std::size_t kSha256Size = 32;

Bytes sha1(BytesView data);  // for formats that demand it, never for new ones
Bytes sha256(BytesView data);
// Those that clients may ask for by name.
enum class HashKind : std::uint8_t { md5, sha1, sha224, sha256, sha384, sha512 };
Bytes hash_of(HashKind kind, BytesView data);

Bytes hmac_sha1(BytesView key, BytesView data);  // as sha1
Bytes hmac_sha256(BytesView key, BytesView data);

// RFC 8018. `iterations` > 0; the result has the hash's size.
Bytes pbkdf2_hmac_sha1(BytesView password, BytesView salt, std::uint32_t iterations);  // as sha1
Bytes pbkdf2_hmac_sha256(BytesView password, BytesView salt, std::uint32_t iterations);

// Takes the same time wherever the first difference is. Lengths are not secret.
bool constant_time_equal(BytesView a, BytesView b);

}  // namespace octavo
