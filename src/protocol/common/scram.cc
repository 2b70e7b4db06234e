#include "protocol/common/scram.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/base64.h"
#include "base/random.h"

namespace octavo::protocol {
namespace {

using Problem = ScramProblem;

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
  // Each of them, and no other.
  bool are(std::string_view names) const {
    return pairs.size() == names.size() &&
           std::ranges::all_of(names, [&](char name) { return find(name).has_value(); });
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
std::expected<std::string, Problem> decode_user(std::string_view text) {
  if (text.empty()) return std::unexpected(Problem::empty_user);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
      continue;
    }
    const std::string_view code = text.substr(i + 1, 2);
    if (code != "2C" && code != "3D") return std::unexpected(Problem::user);
    out.push_back(code == "2C" ? ',' : '=');
    i += 2;
  }
  return out;
}

// The channel binding flag and the authorisation identity, each with its comma.
std::expected<std::string_view, Problem> header_of(std::string_view client_first) {
  if (client_first.starts_with("y,") || client_first.starts_with("p=")) {
    return std::unexpected(Problem::channel_binding);
  }
  const std::size_t end = client_first.starts_with("n,") ? client_first.find(',', 2)  //
                                                         : std::string_view::npos;
  if (end == std::string_view::npos) return std::unexpected(Problem::encoding);
  return client_first.substr(0, end + 1);
}

}  // namespace

std::string random_scram_nonce() { return base64_encode(secure_random_bytes(kNonceBytes)); }

std::expected<std::string, Problem> ScramServer::first(std::string_view client_first) {
  ASSERT(server_first_.empty());
  const auto header = header_of(client_first);
  if (!header) return std::unexpected(header.error());
  const std::string_view bare = client_first.substr(header->size());
  const auto attributes = parse_attributes(bare);
  if (attributes && attributes->find('m')) return std::unexpected(Problem::extension);
  if (!attributes || !attributes->are("nr")) return std::unexpected(Problem::encoding);
  auto user = decode_user(*attributes->find('n'));
  if (!user) return std::unexpected(user.error());
  user_ = *std::move(user);
  credentials_ = find_(user_);
  header_ = *header;
  client_first_bare_ = bare;
  nonce_ = std::string(*attributes->find('r')) + make_nonce_();
  server_first_ = fmt::format("r={},s={},i={}", nonce_, base64_encode(credentials_.salt),
                              credentials_.iterations);
  return server_first_;
}

std::expected<void, Problem> ScramServer::proof(std::string_view client_final) {
  ASSERT(!server_first_.empty());
  ASSERT(auth_message_.empty());
  const auto attributes = parse_attributes(client_final);
  if (!attributes || !attributes->are("crp")) return std::unexpected(Problem::encoding);
  if (base64_decode(*attributes->find('c')) != header_) {
    return std::unexpected(Problem::channel_binding);
  }
  if (*attributes->find('r') != nonce_) return std::unexpected(Problem::nonce);
  // What is no base64 is a proof that fits nothing.
  proof_ = base64_decode(*attributes->find('p')).value_or(Bytes());
  const std::string_view without_proof = client_final.substr(0, client_final.rfind(",p="));
  auth_message_ = fmt::format("{},{},{}", client_first_bare_, server_first_, without_proof);
  return {};
}

bool ScramServer::proof_fits() {
  ASSERT(!auth_message_.empty());
  Result<Bytes> signature = catalog::verify_proof(credentials_, auth_message_, proof_);
  if (!signature) return false;
  server_signature_ = *std::move(signature);
  return true;
}

std::string ScramServer::last() const {
  ASSERT(!server_signature_.empty());
  return "v=" + base64_encode(server_signature_);
}

}  // namespace octavo::protocol
