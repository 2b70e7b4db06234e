#include "protocol/common/http.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "io/scope.h"
#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

constexpr HttpLimits kSmall{.head_bytes = 1024, .body_bytes = 4 * kMiB, .decoded_ratio = 200};
constexpr std::string_view kHost = "Host: x\r\n";

// What the paths of the test's server do.
io::Task<void> answer(HttpConnection& http, const HttpHead& head) {
  if (head.path == "/") {
    HttpReply reply(200, "query=" + std::string(head.query));
    reply.fields.emplace_back("X-Test", std::string(head.field("X-TEST")));
    co_await http.reply(std::move(reply));
  } else if (head.path == "/echo") {
    const std::string method(head.method);
    const Result<Bytes> body = co_await http.whole_body();
    HttpReply reply = body ? HttpReply(200, method + ' ' + *body)
                           : HttpReply(http_status_of(body.error()), body.error().what);
    co_await http.reply(std::move(reply));
  } else if (head.path == "/pieces" || head.path == "/broken") {
    const bool whole = head.path == "/pieces";
    http.begin_reply(HttpReply());
    for (int i = 0; i < 3; ++i) {
      const std::string piece = "piece " + std::to_string(i) + ". ";
      const bool sent = co_await http.send(piece);
      EXPECT_TRUE(sent);
    }
    whole ? http.end_reply() : http.break_reply();
  } else if (head.path == "/large") {
    HttpReply reply(200, Bytes(2 * HttpConnection::kMaxInlineReplyBytes, 'x'));
    co_await http.reply(std::move(reply));
  } else {
    HttpReply reply(404, "Not found.\n");
    co_await http.reply(std::move(reply));
  }
}

io::Task<void> serve(Connection& connection, HttpLimits limits, RunElsewhere elsewhere) {
  {
    HttpConnection http(connection, limits, std::move(elsewhere));
    for (;;) {
      const HttpHead* head = co_await http.next();
      if (head == nullptr) break;
      co_await answer(http, *head);
    }
  }
  co_await connection.finish();
}

struct Fixture : TestConnection {
  explicit Fixture(HttpLimits limits = kSmall, RunElsewhere elsewhere = nullptr,
                   ConnectionLimits of_connection = {})
      : TestConnection(of_connection), scope(loop.executor) {
    scope.spawn(serve(*connection, limits, std::move(elsewhere)));
  }
  ~Fixture() {
    connection->abort();
    loop.run(scope.join());
    loop.run(scope.stop());
  }
  // What comes back while this is sent.
  std::string send(std::string_view bytes) {
    std::string all = receive();
    while (!bytes.empty()) {
      const io::IoOutcome sent = peer->try_write(bytes);
      if (sent.kind == io::IoOutcome::Kind::failed) break;
      bytes.remove_prefix(sent.bytes);
      all += receive();
    }
    return all;
  }
  std::string receive() {
    std::string all;
    for (;;) {
      loop.settle();
      std::string some(300'000, '\0');
      const io::IoOutcome got = peer->try_read(some);
      if (got.kind != io::IoOutcome::Kind::done) return all;
      all.append(some, 0, got.bytes);
    }
  }
  bool is_open() const { return scope.size() > 0; }

  io::Scope scope;
};

struct Row {
  std::string_view method, path;
};
constexpr Row kRows[] = {{"GET", "/a"}, {"PUT", "/a"}, {"POST", "/b"}};

TEST(HttpRoutes, AreFoundByMethodAndPath) {
  const auto find = [](std::string_view method, std::string_view path) {
    HttpHead head;
    head.method = method;
    head.path = path;
    return find_route(kRows, head);
  };
  EXPECT_EQ(find("GET", "/a").value(), &kRows[0]);
  EXPECT_EQ(find("HEAD", "/a").value(), &kRows[0]);
  EXPECT_EQ(find("POST", "/b").value(), &kRows[2]);
  EXPECT_EQ(find("POST", "/c").error().status, 404U);
  const HttpReply refused = find("POST", "/a").error();
  EXPECT_EQ(refused.status, 405U);
  ASSERT_EQ(refused.fields.size(), 1U);
  EXPECT_EQ(refused.fields[0].second, "GET, HEAD, PUT");
  EXPECT_EQ(find("HEAD", "/b").error().fields[0].second, "POST");
}

std::string talk(std::string_view request, std::size_t step = 1'000'000,
                 HttpLimits limits = kSmall) {
  Fixture f(limits);
  std::string all;
  while (!request.empty()) {
    all += f.send(request.substr(0, step));
    request.remove_prefix(std::min(step, request.size()));
  }
  EXPECT_TRUE(f.peer->shutdown_write().has_value());
  return all + f.receive();
}

std::string get(std::string_view target, std::string_view more = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(kHost) + std::string(more) +
         "\r\n";
}
std::string post(std::string_view body, std::string_view more = {}) {
  return "POST /echo HTTP/1.1\r\n" + std::string(kHost) + std::string(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
std::string post_chunks(std::string_view chunks, std::string_view more = {}) {
  return "POST /echo HTTP/1.1\r\n" + std::string(kHost) + std::string(more) +
         "Transfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}
std::string body_of(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }
int status_of(const std::string& reply) {
  return reply.starts_with("HTTP/1.1 ") ? std::stoi(reply.substr(9, 3)) : 0;
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Bytes compress(std::string_view name, BytesView data) {
  const auto encoder = find_compression(name)->encoder();
  Bytes out;
  encoder->encode(data, out);
  encoder->finish(out);
  return out;
}
Bytes decompress(std::string_view name, BytesView data) {
  const auto decoder = find_compression(name)->decoder();
  Bytes out;
  EXPECT_TRUE(decoder->decode(data, out, 100 * kMiB).has_value());
  EXPECT_TRUE(decoder->at_end());
  return out;
}

TEST(Http, AnswersARequest) {
  const std::string reply = talk(get("/?deep=1", "X-Test: a\r\n"));
  EXPECT_EQ(status_of(reply), 200);
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_EQ(body_of(reply), "query=deep=1");
  EXPECT_TRUE(has(reply, "Content-Length: 12\r\n"));
  EXPECT_TRUE(has(reply, "Connection: keep-alive\r\n"));
  EXPECT_TRUE(has(reply, "X-Test: a\r\n"));
  EXPECT_EQ(body_of(talk(get("http://host:1/?a"))), "query=a");
  EXPECT_EQ(body_of(talk(get("http://host"))), "query=");
  EXPECT_EQ(status_of(talk(get("/nowhere"))), 404);
}

// In order, and the same however the bytes come.
TEST(Http, PipelinesAndPieces) {
  const std::string all = get("/?1") + post("hello") + "\r\n" +
                          post_chunks("3\r\nabc\r\n0002;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n") +
                          get("/nowhere") +
                          post(compress("gzip", "packed"), "Content-Encoding: gzip\r\n") +
                          get("/pieces") + post_chunks("0\r\n\r\n") + get("/?2");
  const std::string whole = talk(all);
  for (const std::string_view part :
       {"query=1", "POST hello", "POST abcde", "404", "POST packed", "piece 2. ", "query=2"}) {
    EXPECT_TRUE(has(whole, part)) << part << "\n" << whole;
  }
  EXPECT_TRUE(whole.ends_with("query=2"));
  EXPECT_EQ(talk(all, 1), whole);
  for (std::size_t step = 2; step < 100; step += 7) EXPECT_EQ(talk(all, step), whole) << step;
}

TEST(Http, HeadHasNoBody) {
  const std::string reply = talk("HEAD /?1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
  EXPECT_TRUE(has(reply, "Content-Length: 7\r\n"));
  const std::string two = talk("HEAD /pieces HTTP/1.1\r\nHost: x\r\n\r\n" + get("/?2"));
  EXPECT_FALSE(has(two, "piece"));
  EXPECT_TRUE(two.ends_with("query=2"));
}

TEST(Http, OldAndClosingClientsAreHungUpOn) {
  const std::string old = talk("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(has(old, "Connection: close\r\n"));
  EXPECT_FALSE(has(old.substr(8), "HTTP/1.1"));  // only one answer
  const std::string kept = talk("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/?2"));
  EXPECT_TRUE(kept.ends_with("query=2"));
  EXPECT_FALSE(has(talk(get("/?1", "Connection: close\r\n") + get("/?2")), "query=2"));
  const std::string posted = "POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi";
  EXPECT_EQ(body_of(talk(posted)), "POST hi");
}

TEST(Http, AReplyInPieces) {
  const std::string reply = talk(get("/pieces") + get("/?2"));
  EXPECT_TRUE(has(reply, "Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(
      has(reply, "\r\n\r\n9\r\npiece 0. \r\n9\r\npiece 1. \r\n9\r\npiece 2. \r\n0\r\n\r\n"));
  EXPECT_TRUE(reply.ends_with("query=2"));
  const std::string old = talk("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(body_of(old), "piece 0. piece 1. piece 2. ");
  EXPECT_TRUE(has(old, "Connection: close\r\n"));
  const std::string broken = talk(get("/broken") + get("/?2"));
  EXPECT_TRUE(broken.ends_with("piece 2. \r\n")) << broken;  // no last chunk, and no more answers
}

TEST(Http, WhatIsNoRequest) {
  const auto status = [](std::string_view text) { return status_of(talk(text)); };
  EXPECT_EQ(status("PING\r\n\r\n"), 400);
  EXPECT_EQ(status(std::string_view("\0\xff\x01\r\n\r\n", 7)), 400);
  EXPECT_EQ(status("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(status("GET / JUNK\r\n\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), 400);  // no Host
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400);
  EXPECT_EQ(status("POST /echo HTTP/1.0\r\n\r\n"), 411);
  // Where two readers could disagree about the end of the body.
  EXPECT_EQ(status(post("abc", "Transfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(status(post("abc", "Content-Length: 4\r\n")), 400);
  EXPECT_EQ(status(post("abc", "Content-Length: 3, 4\r\n")), 400);
  EXPECT_EQ(status("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"), 400);
  EXPECT_EQ(status("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
            501);
  EXPECT_EQ(status("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status(post("abc", "Content-Encoding: br\r\n")), 415);
  EXPECT_EQ(status(post("abc", "Expect: a miracle\r\n")), 417);
  EXPECT_EQ(status(post_chunks("x\r\nabc\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(status(post_chunks("3\r\nabcd\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(status(post("no gzip", "Content-Encoding: gzip\r\n")), 400);
  const Bytes cut = compress("gzip", "packed");
  EXPECT_EQ(status(post(cut.substr(0, cut.size() - 1), "Content-Encoding: gzip\r\n")), 400);
}

TEST(Http, LimitsOfTheHead) {
  EXPECT_EQ(status_of(talk(get("/", "X: " + std::string(2000, 'y') + "\r\n"))), 431);
  EXPECT_EQ(status_of(talk(get("/", "X: " + std::string(2000, 'y') + "\r\n"), 100)), 431);
  EXPECT_EQ(status_of(talk(get("/" + std::string(2000, 'y')), 100)), 431);
  EXPECT_EQ(status_of(talk(post_chunks("3;" + std::string(2000, 'y')))), 400);
  EXPECT_EQ(status_of(talk(post_chunks("0\r\nX: " + std::string(2000, 'y')))), 400);
}

TEST(Http, LimitsOfTheBody) {
  const std::string fits(kSmall.body_bytes, 'x');
  EXPECT_EQ(status_of(talk(post(fits))), 200);
  // Known from the head: no byte of it is waited for.
  EXPECT_EQ(status_of(talk("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 4194305\r\n\r\n")),
            413);
  const std::string over = post_chunks("300000\r\n" + fits.substr(0, 0x300000) + "\r\n200000\r\n" +
                                       fits.substr(0, 0x200000) + "\r\n0\r\n\r\n");
  EXPECT_EQ(status_of(talk(over)), 413);
  const std::string reply = talk(over + get("/?2"));
  EXPECT_TRUE(has(reply, "Connection: close\r\n"));
  EXPECT_FALSE(has(reply, "query=2"));
}

TEST(Http, CompressedBodiesMayNotExplode) {
  const auto status = [](std::string_view body, HttpLimits limits = kSmall) {
    return status_of(talk(post(body, "Content-Encoding: deflate\r\n"), 1'000'000, limits));
  };
  EXPECT_EQ(status(compress("deflate", Bytes(kMiB - 100, 'x'))), 200);  // small all the same
  EXPECT_EQ(status(compress("deflate", Bytes(3 * kMiB, 'x'))), 413);    // 1 : 1000
  HttpLimits loose = kSmall;
  loose.decoded_ratio = 2000;
  EXPECT_EQ(status(compress("deflate", Bytes(3 * kMiB, 'x')), loose), 200);
  EXPECT_EQ(status(compress("deflate", Bytes(5 * kMiB, 'x')), loose), 413);
}

TEST(Http, BodiesComeCompressed) {
  const std::string text(200'000, 'a');
  for (const char* name : {"gzip", "x-gzip", "deflate", "GZip"}) {
    const std::string field = "Content-Encoding: " + std::string(name) + "\r\n";
    EXPECT_EQ(body_of(talk(post(compress(name, text), field))), "POST " + text) << name;
  }
  EXPECT_EQ(body_of(talk(post("abc", "Content-Encoding: identity\r\n"))), "POST abc");
  EXPECT_EQ(body_of(talk(post("", "Content-Encoding: gzip\r\n"))), "POST ");
}

TEST(Http, RepliesGoCompressedToThoseWhoTakeIt) {
  const std::string text(5000, 'a');
  const auto reply = [&](std::string_view accepts) {
    return talk(post(text, "Accept-Encoding: " + std::string(accepts) + "\r\n"));
  };
  constexpr std::pair<const char*, const char*> kChoices[] = {{"gzip", "gzip"},
                                                              {"br, deflate;q=0.5", "deflate"},
                                                              {"gzip;q=0, deflate", "deflate"},
                                                              {"*", "gzip"}};
  for (const auto& [accepts, name] : kChoices) {
    const std::string one = reply(accepts);
    EXPECT_TRUE(has(one, "Content-Encoding: " + std::string(name) + "\r\n")) << accepts;
    EXPECT_TRUE(has(one, "Vary: Accept-Encoding\r\n"));
    EXPECT_LT(body_of(one).size(), 200U);
    EXPECT_EQ(decompress(name, body_of(one)), "POST " + text);
  }
  EXPECT_EQ(body_of(reply("br, identity")), "POST " + text);
  EXPECT_EQ(body_of(reply("gzip;q=0.0")), "POST " + text);
  EXPECT_EQ(body_of(talk(post("ab", "Accept-Encoding: gzip\r\n"))), "POST ab");  // not worth it
  const std::string pieces = talk(get("/pieces", "Accept-Encoding: gzip\r\n"));
  EXPECT_TRUE(has(pieces, "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(pieces.ends_with("\r\n0\r\n\r\n"));
}

// Compressing a lot would hold up the others of the thread.
TEST(Http, LongRepliesAreCompressedElsewhere) {
  const std::string request = get("/large", "Accept-Encoding: gzip\r\n");
  const std::size_t size = 2 * HttpConnection::kMaxInlineReplyBytes;
  Fixture none;
  EXPECT_GT(none.send(request).size(), size);
  int ran = 0;
  const RunElsewhere run = [&ran](std::move_only_function<void()> work) -> io::Task<Status> {
    ++ran;
    work();
    return [](Status status) -> io::Task<Status> { co_return status; }(Status());
  };
  Fixture elsewhere(kSmall, run);
  EXPECT_EQ(decompress("gzip", body_of(elsewhere.send(request))), Bytes(size, 'x'));
  EXPECT_EQ(ran, 1);
  const RunElsewhere full = [](std::move_only_function<void()>) -> io::Task<Status> {
    return [](Status status) -> io::Task<Status> {
      co_return status;
    }(fail(Code::resource_exhausted, "full"));
  };
  Fixture busy(kSmall, full);
  EXPECT_GT(busy.send(request).size(), size);
}

TEST(Http, AClientMayWaitForTheWordToGoOn) {
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  Fixture f;
  EXPECT_EQ(f.send(head), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(f.send("hello").ends_with("POST hello"));
  // Who does not wait needs no word.
  EXPECT_EQ(status_of(f.send(head + "hello")), 200);
  // A refusal instead of it: the body may come or not, so that the connection ends.
  Fixture refused;
  std::string nowhere = head;
  nowhere.replace(5, 5, "/none");
  const std::string reply = refused.send(nowhere);
  EXPECT_EQ(status_of(reply), 404);
  EXPECT_TRUE(has(reply, "Connection: close\r\n"));
}

TEST(Http, ABodyThatNobodyReadIsSkipped) {
  std::string one = post(std::string(100'000, 'x'));
  one.replace(5, 5, "/none");
  const std::string reply = talk(one + get("/?2"));
  EXPECT_EQ(status_of(reply), 404);
  EXPECT_TRUE(reply.ends_with("query=2"));
  std::string chunks = post_chunks("3\r\nabc\r\n0\r\n\r\n");
  chunks.replace(5, 5, "/none");
  EXPECT_TRUE(talk(chunks + get("/?2")).ends_with("query=2"));
  // A long one is not worth it.
  std::string much = post(std::string(3 * kMiB, 'x'));
  much.replace(5, 5, "/none");
  EXPECT_TRUE(has(talk(much + get("/?2")), "Connection: close\r\n"));
}

TEST(Http, BodiesAreChargedToTheirConnection) {
  ConnectionTable table;
  MemoryPool pool("The memory of all connections", 64 * kMiB);
  ConnectionMemory memory(pool, table, system_clock());
  const std::string request = post(std::string(3 * kMiB, 'x'));
  {
    Fixture f(kSmall, nullptr, {.memory = &memory});
    EXPECT_EQ(f.send(request.substr(0, request.size() - 1)), "");
    EXPECT_GE(pool.used(), 3 * kMiB - 1);
    EXPECT_EQ(status_of(f.send("x")), 200);
    EXPECT_EQ(status_of(f.send(get("/?1"))), 200);
    EXPECT_LE(pool.used(), kMiB / 2);
  }
  EXPECT_EQ(pool.used(), 0U);
  pool.set_limit(kMiB);
  Fixture f(kSmall, nullptr, {.memory = &memory});
  EXPECT_EQ(f.send(request), "");
  EXPECT_FALSE(f.is_open());
}

TEST(Http, AClientMayGoInTheMiddle) {
  const std::string request = post("hello world");
  for (std::size_t size = 0; size < request.size(); ++size) {
    const std::string reply = talk(request.substr(0, size));
    EXPECT_TRUE(reply.empty() || status_of(reply) == 400) << size;
  }
}

TEST(Http, ADrainEndsWhatWaits) {
  Fixture f;
  EXPECT_EQ(status_of(f.send(get("/?1"))), 200);
  f.connection->begin_drain();
  f.loop.settle();
  EXPECT_FALSE(f.is_open());
}

}  // namespace
}  // namespace octavo::protocol
