#include "protocol/rethinkdb/handshake.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/assert.h"
#include "value/json.h"

namespace octavo::rethinkdb {

using protocol::ScramProblem;

namespace {

constexpr std::uint32_t kMagicV01 = 0x3f61ba36;
constexpr std::uint32_t kMagicV02 = 0x723081e1;
constexpr std::uint32_t kMagicV03 = 0x5f75e83e;
constexpr std::uint32_t kMagicV04 = 0x400c2d20;
constexpr std::uint32_t kMagicV10 = 0x34c2bdc3;
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

// How this protocol tells of a problem.
struct ScramError {
  ScramProblem problem;
  int code;
  std::string_view text;
};
constexpr ScramError kScramErrors[] = {
    {ScramProblem::encoding, kInvalidEncoding, "Invalid encoding"},
    {ScramProblem::channel_binding, kChannelBinding, "Channel binding is not supported"},
    {ScramProblem::extension, kExtensions, "Extensions not supported"},
    {ScramProblem::empty_user, kInvalidUserName, "Empty username"},
    {ScramProblem::user, kInvalidUserName, "Invalid username encoding"},
    {ScramProblem::nonce, kOther, "Invalid nonce"},
};

constexpr const ScramError* find_error(ScramProblem problem) {
  return std::ranges::find(kScramErrors, problem, &ScramError::problem);
}
static_assert(find_error(protocol::kLastScramProblem) != std::end(kScramErrors));
static_assert(std::size(kScramErrors) == static_cast<std::size_t>(protocol::kLastScramProblem) + 1);

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
  if (magic == kMagicV10) {
    version_ = ProtocolVersion::v1_0;
    step_ = Step::first_message;
    output.append(kServerGreeting);
    output.push_back('\0');
  } else if (magic == kMagicV03 || magic == kMagicV04) {
    version_ = magic == kMagicV03 ? ProtocolVersion::v0_3 : ProtocolVersion::v0_4;
    step_ = Step::v0_key;
  } else if (magic == kMagicV01 || magic == kMagicV02) {
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
  if (protocol == kProtocolProtobuf) {
    fail_v0(kProtobufGone, output);
  } else if (protocol != kProtocolJson) {
    fail_v0(
        fmt::format("Unrecognized protocol specified: '{}'", static_cast<std::int32_t>(protocol)),
        output);
  } else {
    admin_ = find_(user());
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
  const auto answer = scram_.first(authentication->as_string());
  if (!answer) return fail_scram(answer.error(), output);
  put_message(output, *answer);
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
  const auto checked = scram_.proof(authentication->as_string());
  if (!checked) return fail_scram(checked.error(), output);
  state_ = State::check;
}

const std::string& Handshake::user() const {
  static const std::string admin(catalog::kAdminName);
  return version_ == ProtocolVersion::v1_0 ? scram_.user() : admin;
}

const catalog::Credentials& Handshake::credentials() const {
  return version_ == ProtocolVersion::v1_0 ? scram_.credentials() : admin_;
}

// With SCRAM it is the client that computes it.
bool Handshake::needs_hash() const {
  return version_ != ProtocolVersion::v1_0 && admin_.iterations > 1;
}

bool Handshake::password_fits() {
  ASSERT(state_ == State::check);
  return version_ == ProtocolVersion::v1_0 ? scram_.proof_fits()
                                           : catalog::password_matches(admin_, auth_key_);
}

void Handshake::finish(bool password_fits, Bytes& output) {
  ASSERT(state_ == State::check);
  const bool v1 = version_ == ProtocolVersion::v1_0;
  if (!password_fits) {
    return v1 ? fail_v1(kWrongPassword, "Wrong password", output)
              : fail_v0("Incorrect authorization key.", output);
  }
  if (v1) {
    put_message(output, scram_.last());
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

void Handshake::fail_scram(ScramProblem problem, Bytes& output) {
  const ScramError* error = find_error(problem);
  fail_v1(error->code, error->text, output);
}

}  // namespace octavo::rethinkdb
