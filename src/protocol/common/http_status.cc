#include "protocol/common/http_status.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace octavo::protocol {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::uint32_t kMaxHeaderBytes = 16 * 1024;
constexpr std::uint64_t kMaxBodyBytes = 64 * 1024;

using Parser = http::request_parser<http::string_body>;

std::unique_ptr<Parser> make_parser() {
  auto parser = std::make_unique<Parser>();
  parser->header_limit(kMaxHeaderBytes);
  parser->body_limit(kMaxBodyBytes);
  parser->eager(true);
  return parser;
}

HttpReply plain(unsigned status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

void append_reply(Bytes& out, const HttpReply& reply, bool keep_alive, bool with_body) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(reply.status));
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                 "Cache-Control: no-store\r\n{}Connection: {}\r\n\r\n",
                 reply.status, std::string_view(reason.data(), reason.size()), reply.content_type,
                 reply.body.size(), reply.status == 405 ? "Allow: GET, HEAD\r\n" : "",
                 keep_alive ? "keep-alive" : "close");
  if (with_body) out += reply.body;
}

HttpReply route(const HttpRoutes& routes, const Parser::value_type& request) {
  const std::string_view target(request.target().data(), request.target().size());
  const std::size_t mark = target.find('?');
  const auto entry = routes.find(target.substr(0, mark));
  if (entry == routes.end()) return plain(404, "Not found.\n");
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    return plain(405, "Only GET and HEAD.\n");
  }
  return entry->second(mark == std::string_view::npos ? std::string_view()
                                                      : target.substr(mark + 1));
}

HttpReply refusal(const boost::system::error_code& error) {
  if (error == http::error::header_limit) return plain(431, "The request header is too large.\n");
  if (error == http::error::body_limit) return plain(413, "The request body is too large.\n");
  return plain(400, "Bad request: " + error.message() + ".\n");
}

// Parses what has come. True if the connection goes on.
bool answer(Connection& connection, const HttpRoutes& routes, std::unique_ptr<Parser>& parser) {
  while (!connection.input().empty()) {
    boost::system::error_code error;
    const BytesView input = connection.input();
    connection.consume(parser->put(asio::const_buffer(input.data(), input.size()), error));
    if (error == http::error::need_more) return true;
    if (error) {
      append_reply(connection.output(), refusal(error), false, true);
      return false;
    }
    if (!parser->is_done()) continue;
    const Parser::value_type& request = parser->get();
    const bool keep_alive = request.keep_alive() && !connection.draining();
    const bool with_body = request.method() != http::verb::head;
    connection.info().set_last_command(with_body ? "GET" : "HEAD");
    connection.info().commands.add(1);
    append_reply(connection.output(), route(routes, request), keep_alive, with_body);
    if (!keep_alive) return false;
    parser = make_parser();
  }
  return true;
}

io::Task<void> serve_http(Connection& connection, std::shared_ptr<const HttpRoutes> routes) {
  std::unique_ptr<Parser> parser = make_parser();
  for (;;) {
    const bool more = co_await connection.fill();
    if (!more) co_return;
    if (!answer(connection, *routes, parser)) co_return;
    const bool alive = co_await connection.flush();
    if (!alive) co_return;
  }
}

}  // namespace

Serve make_http_status(HttpRoutes routes) {
  auto shared = std::make_shared<const HttpRoutes>(std::move(routes));
  return [shared](Connection& connection, std::size_t) { return serve_http(connection, shared); };
}

}  // namespace octavo::protocol
