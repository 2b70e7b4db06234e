#include "protocol/mysql/greeting.h"

#include "base/assert.h"
#include "base/random.h"
#include "protocol/mysql/payload.h"

namespace octavo::mysql {
namespace {

constexpr std::uint8_t kVersion10 = 10;
constexpr std::size_t kFirstScrambleBytes = 8;
constexpr std::size_t kGreetingFiller = 10;
constexpr std::size_t kResponseFiller = 23;
constexpr std::size_t kTlsRequestBytes = 32;

std::optional<Attributes> read_attributes(PayloadReader& reader) {
  const auto block = reader.text();
  if (!block) return std::nullopt;
  Attributes attributes;
  PayloadReader pairs(*block);
  while (!pairs.empty()) {
    const auto key = pairs.text();
    const auto value = pairs.text();
    if (!key || !value) return std::nullopt;
    attributes.emplace_back(*key, *value);
  }
  return attributes;
}

// A text whose zero byte some clients leave out when it is the last of the payload.
std::string read_last(PayloadReader& reader) {
  if (const auto text = reader.zero_ended()) return std::string(*text);
  return std::string(reader.bytes(reader.rest().size()).value_or(BytesView()));
}

std::optional<BytesView> read_answer(PayloadReader& reader, Capabilities in_force) {
  if ((in_force & capability::kLongAnswer) != 0) return reader.text();
  if ((in_force & capability::kSecureConnection) == 0) return reader.zero_ended();
  const auto size = reader.integer<std::uint8_t>();
  return size ? reader.bytes(*size) : std::nullopt;
}

}  // namespace

void put_greeting(Bytes& out, const Greeting& greeting) {
  ASSERT(greeting.scramble.size() == kScrambleBytes);
  out.push_back(static_cast<char>(kVersion10));
  put_zero_ended(out, kServerVersion);
  put_le(out, greeting.thread_id);
  out.append(greeting.scramble.substr(0, kFirstScrambleBytes)).push_back('\0');
  put_le(out, static_cast<std::uint16_t>(greeting.capabilities));
  out.push_back(static_cast<char>(kDefaultCollation));
  put_le(out, greeting.status);
  put_le(out, static_cast<std::uint16_t>(greeting.capabilities >> 16U));
  out.push_back(static_cast<char>(kScrambleBytes + 1));
  out.append(kGreetingFiller, '\0');
  put_zero_ended(out, greeting.scramble.substr(kFirstScrambleBytes));
  put_zero_ended(out, greeting.plugin);
}

std::optional<ClientResponse> parse_response(BytesView payload, Capabilities offered) {
  PayloadReader reader(payload);
  const auto said = reader.integer<std::uint32_t>();
  const auto max_packet = reader.integer<std::uint32_t>();
  const auto collation = reader.integer<std::uint8_t>();
  const auto filler = reader.bytes(kResponseFiller);
  if (!said || !max_packet || !collation || !filler) return std::nullopt;
  ClientResponse response;
  response.capabilities = *said & offered;
  response.max_packet = *max_packet;
  response.collation = *collation;
  if ((response.capabilities & capability::kProtocol41) == 0) return std::nullopt;
  if ((response.capabilities & capability::kTls) != 0 && payload.size() == kTlsRequestBytes) {
    response.wants_tls = true;
    return response;
  }
  const auto user = reader.zero_ended();
  if (!user) return std::nullopt;
  const auto answer = read_answer(reader, response.capabilities);
  if (!answer) return std::nullopt;
  response.user = *user;
  response.answer = *answer;
  const auto has = [&](Capabilities flag) {
    return (response.capabilities & flag) != 0 && !reader.empty();
  };
  if (has(capability::kConnectWithDatabase)) response.database = read_last(reader);
  if (has(capability::kPluginAuth)) response.plugin = read_last(reader);
  if (has(capability::kAttributes)) {
    auto attributes = read_attributes(reader);
    if (!attributes) return std::nullopt;
    response.attributes = *std::move(attributes);
  }
  if (has(capability::kZstd)) response.compression_level = *reader.integer<std::uint8_t>();
  return response;
}

std::optional<ClientResponse> parse_change_user(BytesView payload, const ClientResponse& before) {
  PayloadReader reader(payload);
  const auto user = reader.zero_ended();
  if (!user) return std::nullopt;
  const auto size = reader.integer<std::uint8_t>();
  const auto answer = size ? reader.bytes(*size) : std::nullopt;
  if (!answer) return std::nullopt;
  ClientResponse response;
  response.capabilities = before.capabilities;
  response.max_packet = before.max_packet;
  response.collation = before.collation;
  response.user = *user;
  response.answer = *answer;
  response.database = read_last(reader);
  if (const auto collation = reader.integer<std::uint16_t>()) response.collation = *collation;
  const auto has = [&](Capabilities flag) {
    return (response.capabilities & flag) != 0 && !reader.empty();
  };
  if (has(capability::kPluginAuth)) response.plugin = read_last(reader);
  if (has(capability::kAttributes)) {
    auto attributes = read_attributes(reader);
    if (!attributes) return std::nullopt;
    response.attributes = *std::move(attributes);
  }
  return response;
}

Bytes make_scramble() {
  constexpr unsigned char kSevenBits = 0x7f;
  constexpr char kUnused = '$';  // divides the parts of stored hashes
  Bytes scramble = secure_random_bytes(kScrambleBytes);
  for (char& byte : scramble) {
    byte = static_cast<char>(static_cast<unsigned char>(byte) & kSevenBits);
    if (byte == '\0' || byte == kUnused) ++byte;
  }
  return scramble;
}

}  // namespace octavo::mysql
