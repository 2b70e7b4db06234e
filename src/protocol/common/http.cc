#include "protocol/common/http.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/assert.h"
#include "base/text.h"

namespace octavo::protocol {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Parser = http::request_parser<http::buffer_body>;
using Fields = http::fields;

constexpr std::string_view kEmptyChunks = "0\r\n\r\n";
constexpr std::size_t kPieceBytes = 64 * kKiB;
// A compressed body may always become so large, whatever it was.
constexpr std::uint64_t kRatioFreeBytes = kMiB;
// What is read of a body that nobody wanted; a connection with more of it is closed.
constexpr std::uint64_t kMaxSkippedBytes = kMiB;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool same(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// The elements of a list as in `Accept-Encoding: gzip;q=0.5, br`, without white space around.
template <class Visit>
void for_each_element(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t from = one.find_first_not_of(" \t");
    if (from == std::string_view::npos) continue;
    visit(one.substr(from, one.find_last_not_of(" \t") + 1 - from));
  }
}

// Whether an element's weight is 0: "gzip;q=0", "br; q=0.000".
bool is_refused(std::string_view element) {
  const std::size_t at = element.find("q=");
  return at != std::string_view::npos &&
         element.find_first_not_of("0.", at + 2) == std::string_view::npos;
}

// "HTTP/2.0" in the first line: another version, not something else altogether.
bool names_a_version(BytesView input) {
  const BytesView line = input.substr(0, input.find('\r'));
  const std::size_t at = line.rfind(" HTTP/");
  return at != BytesView::npos && line.size() == at + 9 && line[at + 7] == '.';
}

// What would be taken for another field or the end of them.
std::string in_one_line(std::string_view value) {
  std::string out(value);
  std::ranges::replace_if(out, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return out;
}

}  // namespace

// What is known of the request under way.
struct HttpConnection::Request {
  Parser parser;
  const Compression* coding = nullptr;  // of the body
  std::unique_ptr<Decoder> decoder;
  std::uint64_t raw_bytes = 0;
  std::uint64_t decoded_bytes = 0;
  std::size_t whole_bytes = 0;  // that a body in one piece takes, here or with who asked for it
  BytesView undecoded;          // of `raw_`
  bool wants_word = false;      // has sent `Expect: 100-continue`, and was not told to go on yet
  bool keep_alive = false;
  bool is_head = false;  // its reply has no body
  bool is_old = false;   // HTTP/1.0
  bool answered = false;
  bool in_pieces = false;            // a reply that was begun
  std::unique_ptr<Encoder> encoder;  // of that
  std::string_view accepts;          // Accept-Encoding

  bool body_is_over() const { return parser.is_done(); }
  // Of the body, as far as its head says.
  std::uint64_t unread() const {
    return parser.is_header_done() ? parser.content_length_remaining().value_or(0) : 0;
  }
};

std::string_view HttpHead::field(std::string_view name) const {
  ASSERT(fields_ != nullptr);
  return view((*static_cast<const Fields*>(fields_))[{name.data(), name.size()}]);
}

unsigned http_status_of(const Error& error) {
  return error.code == Code::resource_exhausted ? 413 : 400;
}

HttpReply no_route(const std::vector<std::string_view>& methods) {
  if (methods.empty()) return HttpReply(404, "Not found.\n");
  std::string allowed;
  for (const std::string_view method : methods) {
    allowed += (allowed.empty() ? "" : ", ") + std::string(method);
    if (method == "GET") allowed += ", HEAD";
  }
  HttpReply reply(405, "Allowed: " + allowed + ".\n");
  reply.fields.emplace_back("Allow", allowed);
  return reply;
}

HttpConnection::HttpConnection(Connection& connection, HttpLimits limits, RunElsewhere elsewhere)
    : connection_(connection), limits_(limits), elsewhere_(std::move(elsewhere)) {}
HttpConnection::~HttpConnection() { connection_.hold(0); }

// --- Requests. ---

io::Task<const HttpHead*> HttpConnection::next() {
  if (request_ != nullptr) {
    ASSERT(request_->answered);
    const bool skipped = !last_ && co_await skip_rest();
    if (!skipped) co_return nullptr;
  }
  Bytes().swap(decoded_);
  request_ = std::make_unique<Request>();
  request_->parser.header_limit(limits_.head_bytes);
  request_->parser.body_limit(boost::none);  // counted here, where it is decoded
  hold();
  const bool read = co_await read_head();
  if (!read) co_return nullptr;
  co_return &head_;
}

io::Task<bool> HttpConnection::read_head() {
  for (;;) {
    if (!connection_.input().empty() && parse_head()) co_return !last_ && accept_head();
    connection_.flush_soon();
    if (connection_.blocked()) {
      const bool sent = co_await connection_.flush();
      if (!sent) co_return false;
    }
    const bool more = co_await connection_.fill();
    if (!more) co_return false;
  }
}

// True when it is whole, or `last_` is set because it is none.
bool HttpConnection::parse_head() {
  Parser& parser = request_->parser;
  // Some clients end a body with a line of its own (RFC 9112 section 2.2).
  while (!parser.got_some() && connection_.input().starts_with("\r\n")) connection_.consume(2);
  const BytesView input = connection_.input();
  if (input.empty() || (!parser.got_some() && input == "\r")) return false;
  boost::system::error_code error;
  const std::size_t used = parser.put(asio::const_buffer(input.data(), input.size()), error);
  if (error == http::error::bad_version && names_a_version(input)) {
    refuse(505, "Only HTTP/1.0 and HTTP/1.1.\n");
  } else if (error == http::error::header_limit) {
    refuse(431, "The request header is too large.\n");
  } else if (error && error != http::error::need_more) {
    refuse(400, "Bad request: " + error.message() + ".\n");
  }
  connection_.consume(used);
  return last_ || parser.is_header_done();
}

// Whether it is a request that can be answered.
bool HttpConnection::accept_head() {
  Request& request = *request_;
  const auto& message = request.parser.get();
  request.is_old = message.version() < 11;
  request.is_head = message.method() == http::verb::head;
  request.accepts = view(message[http::field::accept_encoding]);
  const bool known = message.method() != http::verb::unknown;
  connection_.info().set_last_command(known ? http::to_string(message.method()).data() : "OTHER");
  connection_.info().commands.add(1);

  const std::string_view transfer = view(message[http::field::transfer_encoding]);
  const std::string_view coding = view(message[http::field::content_encoding]);
  const std::string_view expects = view(message[http::field::expect]);
  const auto length = request.parser.content_length();
  const bool sends = message.method() == http::verb::post || message.method() == http::verb::put ||
                     message.method() == http::verb::patch;
  if (!coding.empty() && !same(coding, "identity")) {
    request.coding = find_compression(coding);
    if (request.coding == nullptr) {
      refuse(415, "The body is encoded in a way that is not known.\n");
      return false;
    }
    request.decoder = request.coding->decoder();
  }
  // Where the body ends has to be beyond doubt: otherwise somebody's next request is in it.
  if (!request.is_old && message.count(http::field::host) != 1) {
    refuse(400, "One field Host is needed.\n");
  } else if (!transfer.empty() && (request.is_old || !request.parser.chunked())) {
    refuse(400, "Where the body ends is not known.\n");
  } else if (!transfer.empty() && !same(transfer, "chunked")) {
    refuse(501, "Only the transfer coding chunked.\n");
  } else if (request.is_old && sends && !length) {
    refuse(411, "The length of the body is needed.\n");
  } else if (length && *length > limits_.body_bytes) {
    refuse(413, "The request body is too large.\n");
  } else if (!expects.empty() && !same(expects, "100-continue")) {
    refuse(417, "Nothing but 100-continue can be expected.\n");
  }
  if (last_) return false;
  request.wants_word = !expects.empty() && !request.is_old && !request.body_is_over();
  request.keep_alive = message.keep_alive();

  std::string_view target = view(message.target());
  if (const std::size_t scheme = target.find("://");
      scheme != std::string_view::npos && !target.starts_with('/')) {
    const std::size_t path = target.find_first_of("/?", scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  head_.method = view(message.method_string());
  head_.path = target.substr(0, mark);
  head_.query = target.substr(std::min(mark + 1, target.size()));
  head_.fields_ = &static_cast<const Fields&>(message);
  hold();
  return true;
}

// --- Bodies. ---

io::Task<bool> HttpConnection::skip_rest() {
  std::uint64_t skipped = 0;
  for (;;) {
    const Read read = co_await read_raw();
    if (read == Read::end) co_return true;
    skipped += raw_.size();
    if (read != Read::some || skipped > kMaxSkippedBytes) co_return false;
  }
}

io::Task<HttpConnection::Read> HttpConnection::read_raw() {
  Request& request = *request_;
  Parser& parser = request.parser;
  raw_.resize(kPieceBytes);
  std::size_t size = 0;
  bool wants_more = false;
  while (!parser.is_done() && size < kPieceBytes) {
    if (connection_.input().empty() || wants_more) {
      if (size > 0) break;
      if (std::exchange(request.wants_word, false)) {
        connection_.output() += "HTTP/1.1 100 Continue\r\n\r\n";
      }
      connection_.flush_soon();
      const bool more = co_await connection_.fill();
      if (!more) co_return Read::gone;
    }
    request.wants_word = false;  // it did not wait
    // Beast asserts that it is not shown less of a last chunk that is the first one.
    wants_more = parser.chunked() && request.raw_bytes + size == 0 &&
                 connection_.input().size() < kEmptyChunks.size();
    if (wants_more) continue;
    auto& body = parser.get().body();
    body.data = raw_.data() + size;
    body.size = kPieceBytes - size;
    body.more = true;
    const BytesView input = connection_.input();
    boost::system::error_code error;
    connection_.consume(parser.put(asio::const_buffer(input.data(), input.size()), error));
    size = kPieceBytes - body.size;
    wants_more = error == http::error::need_more;
    const bool fine = !error || wants_more || error == http::error::need_buffer;
    // What is not taken is the head of a chunk, or what follows the last one.
    if (!fine || (wants_more && connection_.input().size() > limits_.head_bytes)) {
      co_return Read::bad;
    }
  }
  raw_.resize(size);
  request.raw_bytes += size;
  if (request.raw_bytes > limits_.body_bytes) co_return Read::too_large;
  co_return size > 0 ? Read::some : Read::end;
}

std::unexpected<Error> HttpConnection::fail_body(Read what, std::string_view why) {
  request_->keep_alive = false;
  const Code code = what == Read::gone        ? Code::unavailable
                    : what == Read::too_large ? Code::resource_exhausted
                                              : Code::invalid_argument;
  return fail(code, std::string(why));
}

io::Task<Result<BytesView>> HttpConnection::read_body() {
  hold();
  if (request_->decoder != nullptr) co_return co_await read_decoded();
  const Read read = co_await read_raw();
  if (read == Read::end) co_return BytesView();
  if (read == Read::some) co_return BytesView(raw_);
  co_return fail_body(read, read == Read::too_large ? "The request body is too large."
                            : read == Read::gone    ? "The client has gone."
                                                    : "The request body is malformed.");
}

io::Task<Result<BytesView>> HttpConnection::read_decoded() {
  Request& request = *request_;
  for (;;) {
    decoded_.clear();
    const Status status = request.decoder->decode(request.undecoded, decoded_, kPieceBytes);
    if (!status) co_return fail_body(Read::bad, status.error().what);
    if (!decoded_.empty()) break;
    const Read read = co_await read_raw();
    request.undecoded = raw_;
    if (read == Read::some) continue;
    if (read == Read::end && (request.raw_bytes == 0 || request.decoder->at_end())) {
      co_return BytesView();
    }
    co_return fail_body(read == Read::end ? Read::bad : read,
                        read == Read::too_large ? "The request body is too large."
                        : read == Read::gone    ? "The client has gone."
                                                : "The compressed data end too early.");
  }
  request.decoded_bytes += decoded_.size();
  const bool explodes = request.decoded_bytes > kRatioFreeBytes &&
                        request.decoded_bytes / limits_.decoded_ratio > request.raw_bytes;
  if (explodes || request.decoded_bytes > limits_.body_bytes) {
    co_return fail_body(Read::too_large, "The decoded request body is too large.");
  }
  // A little input becomes much: others of the thread have their turn in between.
  if (decoded_.size() == kPieceBytes) co_await io::yield();
  co_return BytesView(decoded_);
}

io::Task<Result<Bytes>> HttpConnection::whole_body() {
  Bytes all;
  for (;;) {
    const Result<BytesView> piece = co_await read_body();
    if (!piece) co_return fail(piece.error());
    if (piece->empty()) co_return all;
    const std::size_t size = all.size() + piece->size();
    if (size > all.capacity()) {
      const std::size_t room = std::max(size, 2 * all.capacity());
      request_->whole_bytes = room;
      hold();  // before it is taken: what does not fit ends the connection
      if (connection_.end_of_input() == EndOfInput::failed) {
        co_return fail_body(Read::gone, "The client has gone.");
      }
      all.reserve(room);
    }
    all.append(*piece);
  }
}

void HttpConnection::hold() {
  const std::size_t coders = (request_->decoder != nullptr ? kCoderBytes : 0) +
                             (request_->encoder != nullptr ? kCoderBytes : 0);
  connection_.hold(raw_.capacity() + decoded_.capacity() + coders + request_->whole_bytes);
}

// --- Replies. ---

void HttpConnection::refuse(unsigned status, std::string_view why) {
  request_->keep_alive = false;
  const HttpReply reply(status, Bytes(why));
  put_head(reply, fmt::format("Content-Length: {}\r\n", reply.body.size()), nullptr);
  if (!request_->is_head) connection_.output() += reply.body;
  answered();
}

void HttpConnection::put_head(const HttpReply& reply, std::string_view framing,
                              const Compression* compression) {
  Request& request = *request_;
  // A body that nobody reads is worth a new connection when it is long, or when its client still
  // waits for a word.
  if (request.wants_word || connection_.draining() || request.unread() > kMaxSkippedBytes) {
    request.keep_alive = false;
  }
  const auto reason = http::obsolete_reason(static_cast<http::status>(reply.status));
  Bytes& out = connection_.output();
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nContent-Type: {}\r\n{}", reply.status,
                 view(reason), in_one_line(reply.content_type), framing);
  if (compression != nullptr) {
    fmt::format_to(std::back_inserter(out), "Content-Encoding: {}\r\nVary: Accept-Encoding\r\n",
                   compression->name);
  }
  for (const auto& [name, value] : reply.fields) {
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, in_one_line(value));
  }
  fmt::format_to(std::back_inserter(out), "Connection: {}\r\n\r\n",
                 request.keep_alive ? "keep-alive" : "close");
}

// What the client prefers of what there is. A HEAD tells the length without it.
const Compression* HttpConnection::compression_for(const HttpReply& reply) const {
  const bool has_its_own = std::ranges::any_of(
      reply.fields, [](const auto& field) { return same(field.first, "Content-Encoding"); });
  if (has_its_own || request_->is_head || reply.status == 204 || reply.status == 304) {
    return nullptr;
  }
  const Compression* found = nullptr;
  for_each_element(request_->accepts, [&found](std::string_view element) {
    if (found != nullptr || is_refused(element)) return;
    const std::string_view name = element.substr(0, element.find_first_of("; \t"));
    found = find_compression(name == "*" ? "gzip" : name);
  });
  return found;
}

io::Task<void> HttpConnection::reply(HttpReply reply) {
  Request& request = *request_;
  ASSERT(!request.answered);
  ASSERT(!request.in_pieces);
  const bool large = reply.body.size() > kMaxInlineReplyBytes;
  const bool worth_it = reply.body.size() >= kMinCompressedBytes && (!large || elsewhere_);
  const Compression* compression = worth_it ? compression_for(reply) : nullptr;
  if (compression != nullptr) {
    Bytes compressed;
    auto work = [&] {
      const std::unique_ptr<Encoder> encoder = compression->encoder();
      encoder->encode(reply.body, compressed);
      encoder->finish(compressed);
    };
    bool done = !large;
    if (large) {
      const Status ran = co_await elsewhere_(std::ref(work));
      done = ran.has_value();
    } else {
      work();
    }
    if (done) {
      reply.body = std::move(compressed);
    } else {
      compression = nullptr;  // nobody has time for it
    }
  }
  const bool empty = reply.status == 204 || reply.status == 304;
  put_head(reply, empty ? "" : fmt::format("Content-Length: {}\r\n", reply.body.size()),
           compression);
  if (!empty && !request.is_head) connection_.append(std::move(reply.body));
  answered();
  if (connection_.blocked()) co_await connection_.flush();
}

void HttpConnection::begin_reply(HttpReply head) {
  Request& request = *request_;
  ASSERT(!request.answered);
  ASSERT(head.body.empty());
  request.in_pieces = true;
  if (request.is_old) request.keep_alive = false;  // its end is that of the connection
  const Compression* compression = compression_for(head);
  if (compression != nullptr) request.encoder = compression->encoder();
  put_head(head, request.is_old ? "" : "Transfer-Encoding: chunked\r\n", compression);
  hold();
}

void HttpConnection::put_piece(BytesView piece) {
  if (piece.empty() || request_->is_head) return;
  Bytes& out = connection_.output();
  if (request_->is_old) {
    out += piece;
  } else {
    fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece.size());
    out += piece;
    out += "\r\n";
  }
}

io::Task<bool> HttpConnection::send(BytesView piece) {
  ASSERT(request_->in_pieces);
  Bytes compressed;
  if (request_->encoder != nullptr) {
    request_->encoder->encode(piece, compressed);
    piece = compressed;
  }
  put_piece(piece);
  if (!connection_.start_flush()) co_return false;
  if (!connection_.blocked()) co_return true;
  co_return co_await connection_.flush();
}

void HttpConnection::end_reply() {
  ASSERT(request_->in_pieces);
  if (request_->encoder != nullptr) {
    Bytes rest;
    request_->encoder->finish(rest);
    put_piece(rest);
  }
  if (!request_->is_old && !request_->is_head) connection_.output() += "0\r\n\r\n";
  answered();
}

void HttpConnection::break_reply() {
  ASSERT(request_->in_pieces);
  request_->keep_alive = false;
  // Where there are no chunks, only a broken connection tells.
  if (request_->is_old) connection_.abort();
  answered();
}

void HttpConnection::answered() {
  Request& request = *request_;
  request.answered = true;
  request.in_pieces = false;
  request.encoder.reset();
  if (!request.keep_alive) last_ = true;
  hold();
  connection_.flush_soon();
}

}  // namespace octavo::protocol
