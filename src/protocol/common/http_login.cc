#include "protocol/common/http_login.h"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <utility>

#include "base/base64.h"

namespace octavo::protocol {
namespace {

HttpReply refusal(LoginOutcome outcome) {
  switch (outcome) {
    case LoginOutcome::refused: return HttpReply(429, std::string(kTooManyFailedLogins) + "\n");
    case LoginOutcome::ended: return HttpReply(503, "The server is stopping.\n");
    case LoginOutcome::right:
    case LoginOutcome::wrong: break;
  }
  HttpReply reply(401, "A user and the right password are needed.\n");
  reply.fields.emplace_back("WWW-Authenticate", R"(Basic realm="octavo", charset="UTF-8")");
  return reply;
}

}  // namespace

std::optional<BasicCredentials> basic_credentials(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  const std::string_view scheme = authorization.substr(0, kScheme.size());
  if (!boost::beast::iequals({scheme.data(), scheme.size()}, {kScheme.data(), kScheme.size()})) {
    return std::nullopt;
  }
  std::string_view encoded = authorization.substr(kScheme.size());
  encoded.remove_prefix(std::min(encoded.find_first_not_of(' '), encoded.size()));
  const std::optional<std::string> text = base64_decode(encoded);
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return BasicCredentials(text->substr(0, colon), text->substr(colon + 1));
}

io::Task<std::expected<std::string, HttpReply>> HttpLogin::check(const HttpHead& head) {
  using Checked = std::expected<std::string, HttpReply>;
  auto given = basic_credentials(head.field("Authorization"));
  if (!given) co_return Checked(std::unexpect, refusal(LoginOutcome::wrong));
  const LoginOutcome outcome =
      co_await passwords_.check(connection_, given->user, std::move(given->password));
  if (outcome != LoginOutcome::right) co_return Checked(std::unexpect, refusal(outcome));
  co_return Checked(std::move(given->user));
}

}  // namespace octavo::protocol
