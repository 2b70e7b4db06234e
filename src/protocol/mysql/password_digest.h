#pragma once

// The arithmetic of passwords that are proved by a digest over the server's scramble.

#include <string_view>

#include "base/bytes.h"

namespace octavo::mysql {

Bytes exclusive_or(BytesView a, BytesView repeated);  // `repeated` over all of `a`

// caching_sha2_password: what is kept is SHA-256 of SHA-256.
Bytes sha2_verifier(std::string_view password);
Bytes sha2_answer(std::string_view password, BytesView scramble);
bool sha2_fits(BytesView verifier, BytesView scramble, BytesView answer);

}  // namespace octavo::mysql
