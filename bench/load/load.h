#pragma once

// A load over the wire, for any protocol: each connection keeps `pipeline` requests under way and
// counts the replies. What a request looks like and where a reply ends is the protocol's `Dialect`.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace octavo::load {

// One kind of request, and how often it comes.
struct Share {
  std::string operation;
  std::uint32_t parts = 1;
};

struct Plan {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::vector<Share> mix;  // not empty
  std::size_t connections = 50;
  std::size_t pipeline = 1;
  std::size_t batch = 1;  // documents in one insert
  std::size_t value_bytes = 16;
  std::uint64_t key_space = 100'000;
  bool hard = false;  // ask for durability on disk
  double warm_up_s = 1;
  double seconds = 5;
  std::size_t listeners = 0;  // feeds open beside the load
  bool lockstep = false;      // the next write when every listener has seen the one before
};

// What stands at the front of the input: nothing whole (size 0), a reply, or one that says an
// error.
struct Reply {
  std::size_t size = 0;
  std::string error;
};

// One connection's side of the protocol, without I/O.
class Dialect {
 public:
  virtual ~Dialect() = default;
  // Bytes to send before the load, and how many replies they make; an empty text ends the opening.
  // `reply` is the reply to the step before.
  virtual std::string opening(std::size_t step, BytesView reply) = 0;
  // One more request at the end of `out`, of a kind that the row of the dialect names; a listener
  // has no kinds.
  virtual void request(std::string_view operation, Random& random, Bytes& out) = 0;
  virtual Reply reply(BytesView input) = 0;  // the first in `input`
  // How many operations one request stands for.
  virtual std::size_t weight(std::string_view /*operation*/) const { return 1; }
};
using MakeDialect = std::unique_ptr<Dialect> (*)(const Plan& plan, std::size_t connection);

struct DialectRow {
  std::string_view name;
  std::vector<std::string_view> operations;
  MakeDialect make;
  // What has to be there before the load (tables, rows): run once on a connection of its own.
  MakeDialect prepare;
  // A listener: `opening` subscribes, `request` asks for more (nothing where the server pushes),
  // `reply` takes the messages apart.
  MakeDialect listen;
};
std::vector<DialectRow> dialects();

// "get", or "get:9,set:1" for nine reads to a write; the error says what is allowed.
Result<std::vector<Share>> parse_mix(std::string_view text, const DialectRow& row);
bool contains(const std::vector<Share>& mix, std::string_view operation);

std::unique_ptr<Dialect> make_mongodb(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> prepare_mongodb(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> make_redis(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> listen_redis(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> make_mysql(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> prepare_mysql(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> make_rethinkdb(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> prepare_rethinkdb(const Plan& plan, std::size_t connection);
std::unique_ptr<Dialect> listen_rethinkdb(const Plan& plan, std::size_t connection);

struct Report {
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  std::string first_error;
  double seconds = 0;
  // Of requests, in microseconds.
  double p50_us = 0;
  double p95_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
  // Of deliveries to listeners, from sending the write to reading the change.
  std::uint64_t delivered = 0;
  double feed_p50_us = 0;
  double feed_p95_us = 0;
  double feed_max_us = 0;
};
Result<Report> run(const Plan& plan, const DialectRow& row);

}  // namespace octavo::load
