#pragma once

// HTTP/1.0 and 1.1 for protocols that speak it: a connection as requests one after the other.
//
//   protocol::HttpConnection http(connection);
//   while (const protocol::HttpHead* head = co_await http.next()) {   // (in two statements)
//     Result<Bytes> body = co_await http.whole_body();
//     protocol::HttpReply reply(200, answer(*head, *body));
//     co_await http.reply(std::move(reply));
//   }
//
// Keep-alive, pipelining, `Expect: 100-continue`, HEAD, chunks, gzip and deflate both ways. What is
// no HTTP is answered here: 400, 411, 413, 415, 417, 431, 501, 505.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/compression.h"
#include "base/limits.h"
#include "base/result.h"
#include "io/task.h"
#include "protocol/common/connection.h"

namespace octavo::protocol {

struct HttpLimits {
  std::uint32_t head_bytes = 16 * kKiB;  // beyond: 431. The connection's input takes more
  // Of a body, as it is sent and decoded; beyond: 413.
  std::uint64_t body_bytes = 100 * kMiB;
  // How much larger a body may become by decoding, from the first MiB on; beyond: 413.
  std::uint32_t decoded_ratio = 200;
};

// Good until the next `next`.
class HttpHead {
 public:
  std::string_view method;
  std::string_view path;   // still encoded
  std::string_view query;  // what follows '?', still encoded
  // The first of that name, in any case; empty: not there.
  std::string_view field(std::string_view name) const;

 private:
  friend class HttpConnection;
  const void* fields_ = nullptr;
};

struct HttpReply {
  HttpReply() = default;
  explicit HttpReply(unsigned code, Bytes text = {}) : status(code), body(std::move(text)) {}

  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> fields;  // others: {"Allow", "GET, HEAD"}
  Bytes body;
};

// 413 or 400, for what `read_body` answered.
unsigned http_status_of(const Error& error);

// To whom is beyond the limit of connections (PortRow::refusal).
constexpr std::string_view kHttpNoRoom =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// 404, or 405 with the methods that there are.
HttpReply no_route(const std::vector<std::string_view>& methods);

// Of rows with a `method` and a `path`: the one that a request is about (HEAD is a GET), or what to
// answer where there is none.
template <class Row, std::size_t N>
std::expected<const Row*, HttpReply> find_route(const Row (&rows)[N], const HttpHead& head) {
  const std::string_view wanted = head.method == "HEAD" ? "GET" : head.method;
  std::vector<std::string_view> methods;
  for (const Row& row : rows) {
    if (row.path != head.path) continue;
    if (row.method == wanted) return &row;
    methods.push_back(row.method);
  }
  return std::unexpected(no_route(methods));
}

// Runs `work` elsewhere and comes back to this thread; an error: it did not run.
using RunElsewhere = std::function<io::Task<Status>(std::move_only_function<void()> work)>;

// On the connection's executor. Views of what was read are good until the next call of anything.
class HttpConnection {
 public:
  // A reply that is longer is compressed by `elsewhere`, or not at all where there is none.
  static constexpr std::size_t kMaxInlineReplyBytes = 512 * kKiB;
  static constexpr std::size_t kMinCompressedBytes = kKiB;

  explicit HttpConnection(Connection& connection, HttpLimits limits = {},
                          RunElsewhere elsewhere = nullptr);
  ~HttpConnection();

  // The next request, once the one before is answered; what was not read of its body is skipped.
  // Null: the end.
  io::Task<const HttpHead*> next();

  // The next piece of the body, decoded; empty: the end of it. `resource_exhausted`: more than the
  // limits allow. `invalid_argument`: it is no such body. `unavailable`: the client has gone. After
  // an error the reply is the last one.
  io::Task<Result<BytesView>> read_body();
  io::Task<Result<Bytes>> whole_body();

  // Answers the request. With a length; compressed if the client takes that.
  io::Task<void> reply(HttpReply reply);
  // Or in pieces: `begin_reply`, `send`, and `end_reply` or `break_reply`. In chunks, or for
  // HTTP/1.0 until the connection ends. `head.body` is empty.
  void begin_reply(HttpReply head);
  io::Task<bool> send(BytesView piece);  // waits for slow readers; false: the client has gone
  void end_reply();
  void break_reply();  // the client sees that it is not whole

 private:
  struct Request;
  enum class Read : std::uint8_t { some, end, gone, bad, too_large };

  io::Task<bool> read_head();
  bool parse_head();
  void refuse(unsigned status, std::string_view why);
  bool accept_head();
  io::Task<bool> skip_rest();
  io::Task<Read> read_raw();
  io::Task<Result<BytesView>> read_decoded();
  std::unexpected<Error> fail_body(Read what, std::string_view why);
  void put_piece(BytesView piece);
  void put_head(const HttpReply& reply, std::string_view framing, const Compression* compression);
  const Compression* compression_for(const HttpReply& reply) const;
  void answered();
  void hold();

  Connection& connection_;
  const HttpLimits limits_;
  RunElsewhere elsewhere_;
  std::unique_ptr<Request> request_;  // null: none yet
  HttpHead head_;
  Bytes raw_;          // of the body, as it was sent
  Bytes decoded_;      // and as it is handed out, if that is another thing
  bool last_ = false;  // no request follows
};

}  // namespace octavo::protocol
