#include "protocol/rethinkdb/handshake.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "base/base64.h"
#include "catalog/scram.h"
#include "value/json.h"

namespace octavo::rethinkdb {
namespace {

constexpr std::uint32_t kMagicV0_1 = 0x3f61ba36;
constexpr std::uint32_t kMagicV0_2 = 0x723081e1;
constexpr std::uint32_t kMagicV0_3 = 0x5f75e83e;
constexpr std::uint32_t kMagicV0_4 = 0x400c2d20;
constexpr std::uint32_t kMagicV1_0 = 0x34c2bdc3;
constexpr std::uint32_t kProtocolJson = 0x7e6970c7;
constexpr std::uint32_t kProtocolProtobuf = 0x271ffc41;

constexpr std::string_view kProtobufGone = "The PROTOBUF client protocol is no longer supported";
constexpr std::string_view kServerGreeting =
    R"({"max_protocol_version":0,"min_protocol_version":0,)"
    R"("server_version":"2.4.4-octavo","success":true})";

// Error codes of the V1_0 handshake.
constexpr int kExpectedVersionNumber = 1;
constexpr int kUnsupportedVersion = 2;
constexpr int kExpectedMethodString = 3;
constexpr int kUnsupportedMethod = 4;
constexpr int kExpectedAuthentication = 5;
constexpr int kReadBufferLimit = 7;
constexpr int kInvalidJson = 8;
constexpr int kInvalidEncoding = 10;
constexpr int kExtensions = 11;
constexpr int kWrongPassword = 12;
constexpr int kChannelBinding = 15;
constexpr int kInvalidUserName = 18;
constexpr int kOther = 20;

constexpr std::size_t kNonceBytes = 18;

// `a=…,b=…` as pairs; nullopt when a part is no attribute or one comes twice.
struct Attributes {
  std::vector<std::pair<char, std::string_view>> pairs;

  std::optional<std::string_view> find(char name) const {
    for (const auto& [key, value] : pairs) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  bool only(std::string_view names) const {
    return std::ranges::all_of(
        pairs, [&](const auto& pair) { return names.find(pair.first) != std::string_view::npos; });
  }
};

std::optional<Attributes> parse_attributes(std::string_view text) {
  Attributes out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.size() < 2 || part[1] != '=' || out.find(part[0])) return std::nullopt;
    out.pairs.emplace_back(part[0], part.substr(2));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// saslname (RFC 5802 section 5.1): `=2C` is a comma, `=3D` an equals sign.
std::optional<std::string> decode_user(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
      continue;
    }
    const std::string_view code = text.substr(i + 1, 2);
    if (code != "2C" && code != "3D") return std::nullopt;
    out.push_back(code == "2C" ? ',' : '=');
    i += 2;
  }
  if (out.empty()) return std::nullopt;
  return out;
}

void put_message(Bytes& output, std::string_view authentication) {
  std::vector<value::Field> fields;
  fields.push_back({"authentication", value::Value::string(authentication)});
  fields.push_back({"success", value::Value::boolean(true)});
  value::write_json(value::Value::object(std::move(fields)), output);
  output.push_back('\0');
}

}  // namespace

std::size_t Handshake::feed(BytesView input, Bytes& output) {
  std::size_t used = 0;
  while (state_ == State::more) {
    const std::size_t n = step(input.substr(used), output);
    if (n == 0) break;
    used += n;
  }
  return used;
}

std::size_t Handshake::step(BytesView input, Bytes& output) {
  switch (step_) {
    case Step::magic: return read_magic(input, output);
    case Step::v0_key: return read_v0_key(input, output);
    case Step::v0_protocol: return read_v0_protocol(input, output);
    case Step::first_message:
    case Step::proof: return read_message(input, output);
  }
  return 0;
}

std::size_t Handshake::read_magic(BytesView input, Bytes& output) {
  if (input.size() < 4) return 0;
  const auto magic = load_le<std::uint32_t>(input.data());
  if (magic == kMagicV1_0) {
    version_ = ProtocolVersion::v1_0;
    step_ = Step::first_message;
    output.append(kServerGreeting);
    output.push_back('\0');
  } else if (magic == kMagicV0_3 || magic == kMagicV0_4) {
    version_ = magic == kMagicV0_3 ? ProtocolVersion::v0_3 : ProtocolVersion::v0_4;
    step_ = Step::v0_key;
  } else if (magic == kMagicV0_1 || magic == kMagicV0_2) {
    fail_v0(kProtobufGone, output);
  } else {
    fail_v0(
        "Received an unsupported protocol version. This port is for RethinkDB queries. Does your "
        "client driver version not match the server?",
        output);
  }
  return 4;
}

std::size_t Handshake::read_v0_key(BytesView input, Bytes& output) {
  if (input.size() < 4) return 0;
  const auto size = load_le<std::uint32_t>(input.data());
  if (size > kMaxAuthKeyBytes) {
    fail_v0("Client provided an authorization key that is too long.", output);
    return 4;
  }
  if (input.size() < 4 + size) return 0;
  auth_key_ = input.substr(4, size);
  step_ = Step::v0_protocol;
  return 4 + size;
}

std::size_t Handshake::read_v0_protocol(BytesView input, Bytes& output) {
  if (input.size() < 4) return 0;
  const auto protocol = load_le<std::uint32_t>(input.data());
  user_ = catalog::kAdminName;
  if (protocol == kProtocolProtobuf) {
    fail_v0(kProtobufGone, output);
  } else if (protocol != kProtocolJson) {
    fail_v0(
        fmt::format("Unrecognized protocol specified: '{}'", static_cast<std::int32_t>(protocol)),
        output);
  } else {
    credentials_ = find_(user_);
    state_ = State::check;
  }
  return 4;
}

std::size_t Handshake::read_message(BytesView input, Bytes& output) {
  const std::size_t end = input.find('\0');
  if (std::min(end, input.size()) > kMaxHandshakeMessageBytes) {
    fail_v1(kReadBufferLimit, "Limited read buffer size.", output);
    return input.size();
  }
  if (end == BytesView::npos) return 0;
  const BytesView json = input.substr(0, end);
  if (step_ == Step::first_message) {
    answer_first(json, output);
  } else {
    answer_proof(json, output);
  }
  return end + 1;
}

void Handshake::answer_first(BytesView json, Bytes& output) {
  const auto message = value::parse_json(json);
  if (!message || !message->is_object()) {
    return fail_v1(kInvalidJson, "Invalid JSON object.", output);
  }
  const auto* version = message->find("protocol_version");
  if (version == nullptr || !version->is_number()) {
    return fail_v1(kExpectedVersionNumber, "Expected a number for `protocol_version`.", output);
  }
  if (version->to_double() != 0) {
    return fail_v1(kUnsupportedVersion, "Unsupported `protocol_version`.", output);
  }
  const auto* method = message->find("authentication_method");
  if (method == nullptr || !method->is_string()) {
    return fail_v1(kExpectedMethodString, "Expected a string for `authentication_method`.", output);
  }
  if (method->as_string() != "SCRAM-SHA-256") {
    return fail_v1(kUnsupportedMethod, "Unsupported `authentication_method`.", output);
  }
  const auto* authentication = message->find("authentication");
  if (authentication == nullptr || !authentication->is_string()) {
    return fail_v1(kExpectedAuthentication, "Expected a string for `authentication`.", output);
  }
  // gs2-header: channel binding flag, optional authorisation identity (ignored), then the rest.
  const std::string_view first = authentication->as_string();
  if (!first.starts_with("n,")) {
    const bool binding = first.starts_with("y,") || first.starts_with("p=");
    return binding ? fail_v1(kChannelBinding, "Channel binding is not supported", output)
                   : fail_v1(kInvalidEncoding, "Invalid encoding", output);
  }
  const std::size_t comma = first.find(',', 2);
  if (comma == std::string_view::npos) {
    return fail_v1(kInvalidEncoding, "Invalid encoding", output);
  }
  client_first_bare_ = first.substr(comma + 1);
  const auto attributes = parse_attributes(client_first_bare_);
  if (attributes && attributes->find('m')) {
    return fail_v1(kExtensions, "Extensions not supported", output);
  }
  if (!attributes || !attributes->only("nr") || !attributes->find('n') || !attributes->find('r')) {
    return fail_v1(kInvalidEncoding, "Invalid encoding", output);
  }
  const auto user = decode_user(*attributes->find('n'));
  if (!user) {
    return fail_v1(kInvalidUserName,
                   attributes->find('n')->empty() ? "Empty username" : "Invalid username encoding",
                   output);
  }
  user_ = *user;
  credentials_ = find_(user_);
  nonce_ = std::string(*attributes->find('r')) + base64_encode(random_(kNonceBytes));
  server_first_ = fmt::format("r={},s={},i={}", nonce_, base64_encode(credentials_.salt),
                              credentials_.iterations);
  put_message(output, server_first_);
  step_ = Step::proof;
}

void Handshake::answer_proof(BytesView json, Bytes& output) {
  const auto message = value::parse_json(json);
  const auto* authentication =
      message && message->is_object() ? message->find("authentication") : nullptr;
  if (!message || !message->is_object()) {
    return fail_v1(kInvalidJson, "Invalid JSON object.", output);
  }
  if (authentication == nullptr || !authentication->is_string()) {
    return fail_v1(kExpectedAuthentication, "Expected a string for `authentication`.", output);
  }
  const std::string_view final_message = authentication->as_string();
  const auto attributes = parse_attributes(final_message);
  if (!attributes || !attributes->only("crp") || !attributes->find('c') || !attributes->find('r') ||
      !attributes->find('p')) {
    return fail_v1(kInvalidEncoding, "Invalid encoding", output);
  }
  const auto binding = base64_decode(*attributes->find('c'));
  if (!binding || !binding->starts_with("n,")) {
    return fail_v1(kChannelBinding, "Channel binding is not supported", output);
  }
  if (*attributes->find('r') != nonce_) return fail_v1(kOther, "Invalid nonce", output);
  // What is no base64 is a proof that fits nothing.
  proof_ = base64_decode(*attributes->find('p')).value_or(Bytes());
  const std::string_view without_proof = final_message.substr(0, final_message.rfind(",p="));
  auth_message_ = fmt::format("{},{},{}", client_first_bare_, server_first_, without_proof);
  state_ = State::check;
}

// With SCRAM it is the client that computes it.
bool Handshake::needs_hash() const {
  return version_ != ProtocolVersion::v1_0 && credentials_.iterations > 1;
}

bool Handshake::password_fits() {
  ASSERT(state_ == State::check);
  if (version_ != ProtocolVersion::v1_0) return catalog::password_matches(credentials_, auth_key_);
  Result<Bytes> signature = catalog::verify_proof(credentials_, auth_message_, proof_);
  if (!signature) return false;
  server_signature_ = *std::move(signature);
  return true;
}

void Handshake::finish(bool password_fits, Bytes& output) {
  ASSERT(state_ == State::check);
  const bool v1 = version_ == ProtocolVersion::v1_0;
  if (!password_fits) {
    return v1 ? fail_v1(kWrongPassword, "Wrong password", output)
              : fail_v0("Incorrect authorization key.", output);
  }
  if (v1) {
    put_message(output, "v=" + base64_encode(server_signature_));
  } else {
    output.append("SUCCESS");
    output.push_back('\0');
  }
  state_ = State::done;
}

void Handshake::refuse(std::string_view why, Bytes& output) {
  ASSERT(state_ == State::check);
  version_ == ProtocolVersion::v1_0 ? fail_v1(kOther, why, output) : fail_v0(why, output);
}

void Handshake::fail_v0(std::string_view text, Bytes& output) {
  output.append(fmt::format("ERROR: {}\n", text));
  output.push_back('\0');
  state_ = State::failed;
}

void Handshake::fail_v1(int code, std::string_view text, Bytes& output) {
  std::vector<value::Field> fields;
  fields.push_back({"error", value::Value::string(text)});
  fields.push_back({"error_code", value::Value::int64(code)});
  fields.push_back({"success", value::Value::boolean(false)});
  value::write_json(value::Value::object(std::move(fields)), output);
  output.push_back('\0');
  state_ = State::failed;
}

}  // namespace octavo::rethinkdb
