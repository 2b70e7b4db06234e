// Hashes of bytes, and bytes written as text.

#include <algorithm>
#include <optional>
#include <string>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/random.h"
#include "base/text.h"
#include "dialect/sql/function/charsets.h"
#include "dialect/sql/function/named.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kMd5 = operation_block::kMisc,  // (string, collation)
  kSha1,                          // (string, collation)
  kSha2,                          // (string, bits, collation)
  kToBase64,                      // (string, collation)
  kFromBase64,                    // (string)
  kRandomBytes,                   // (count)
};

template <HashKind kKind>
Result<Value> hashed(const SingleCall&, Args args) {
  TRY(const Bytes bytes, encoded_at(args, 0, 1));
  return Value::string(format_hex(hash_of(kKind, bytes)));
}

std::optional<HashKind> kind_of_bits(std::int64_t bits) {
  switch (bits) {
    case 224: return HashKind::sha224;
    case 0:
    case 256: return HashKind::sha256;
    case 384: return HashKind::sha384;
    case 512: return HashKind::sha512;
    default: return std::nullopt;
  }
}

Result<Value> sha2(const SingleCall&, Args args) {
  TRY(const std::int64_t bits, integer_at(args, 1));
  TRY(const Bytes bytes, encoded_at(args, 0, 2));
  const auto kind = kind_of_bits(bits);
  return kind ? Value::string(format_hex(hash_of(*kind, bytes))) : Value();
}

// In lines of 76 characters.
Result<Value> to_base64(const SingleCall& call, Args args) {
  constexpr std::size_t kLine = 76;
  TRY(const Bytes bytes, encoded_at(args, 0, 1));
  TRY_STATUS(call.context.require(2 * bytes.size()));
  const std::string all = base64_encode(bytes);
  std::string out;
  for (std::size_t at = 0; at < all.size(); at += kLine) {
    if (at > 0) out.push_back('\n');
    out.append(all, at, kLine);
  }
  return Value::string(out);
}

Result<Value> from_base64(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY_STATUS(call.context.require(text.size()));
  std::string letters(text);
  std::erase_if(letters, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
  const auto bytes = base64_decode(letters);
  return bytes ? Value::bytes(*bytes) : Value();
}

Result<Value> random_bytes(const SingleCall& call, Args args) {
  TRY(const std::int64_t count, integer_at(args, 0));
  constexpr std::int64_t kMost = 1'024;
  if (count < 1 || count > kMost) return out_of_range(call, "length");
  return Value::bytes(secure_random_bytes(static_cast<std::size_t>(count)));
}

constexpr OperationRow kOperations[] = {
    strict(kMd5, "sql.md5", 2, hashed<HashKind::md5>),
    strict(kSha1, "sql.sha1", 2, hashed<HashKind::sha1>, "sha"),
    strict(kSha2, "sql.sha2", 3, sha2),
    strict(kToBase64, "sql.to_base64", 2, to_base64),
    strict(kFromBase64, "sql.from_base64", 1, from_base64),
    {.number = kRandomBytes,
     .name = "sql.random_bytes",
     .least = 1,
     .flags = operation_flag::kStrict | operation_flag::kImpure,
     .single = random_bytes},
};

template <std::uint16_t kNumber, std::uint32_t kWidth>
Result<Typed> bind_hash(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kNumber, never_null(session_text(call, kWidth)),
                   {collation_constant(call.type(0).collation())});
}

Result<Typed> bind_sha2(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_integer(1));
  return call.make(kSha2, session_text(call, 128), {collation_constant(call.type(0).collation())});
}

Result<Typed> bind_to_base64(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kToBase64, session_text(call, width_of(2ULL * call.type(0).width + 4)),
                   {collation_constant(call.type(0).collation())});
}

Result<Typed> bind_from_base64(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kFromBase64, bytes_type(call.type(0).width));
}

Result<Typed> bind_random_bytes(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  return call.make(kRandomBytes, never_null(bytes_type(1'024)));
}

constexpr NameRow kNames[] = {
    {"FROM_BASE64", 1, 1, bind_from_base64},   {"MD5", 1, 1, bind_hash<kMd5, 32>},
    {"RANDOM_BYTES", 1, 1, bind_random_bytes}, {"SHA", 1, 1, bind_hash<kSha1, 40>},
    {"SHA1", 1, 1, bind_hash<kSha1, 40>},      {"SHA2", 2, 2, bind_sha2},
    {"TO_BASE64", 1, 1, bind_to_base64},
};

}  // namespace

std::span<const OperationRow> hash_operations() { return kOperations; }
std::span<const NameRow> hash_names() { return kNames; }

}  // namespace octavo::sql
