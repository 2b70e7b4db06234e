// What a RethinkDB client sends after its handshake: frames, and queries in them. A query that is
// read can be stored and comes back the same; an error is answered with one well-formed frame.

#include "algebra/expr.h"
#include "base/assert.h"
#include "dialect/reql/read/parse.h"
#include "fuzz.h"
#include "protocol/rethinkdb/frame.h"
#include "protocol/rethinkdb/response.h"
#include "value/json.h"

namespace reql = octavo::reql;
namespace rethinkdb = octavo::rethinkdb;
using State = rethinkdb::QueryFrame::State;

namespace {

void check_term(const octavo::algebra::ExprPtr& term) {
  octavo::Bytes stored;
  if (!octavo::algebra::encode(term, stored)) return;  // deeper than what may be stored
  octavo::ByteReader reader(stored);
  const auto again = octavo::algebra::decode(reader);
  ASSERT(again.has_value());
  octavo::Bytes stored_again;
  ASSERT(octavo::algebra::encode(*again, stored_again).has_value());
  ASSERT(stored == stored_again);
}

void check_error(std::int64_t token, const reql::ReqlError& error) {
  octavo::Bytes out;
  rethinkdb::put_error(token, error, std::nullopt, out);
  const rethinkdb::QueryFrame frame = rethinkdb::parse_frame(out);
  ASSERT(frame.state == State::whole);
  ASSERT(frame.token == token);
  ASSERT(frame.size() == out.size());
  ASSERT(octavo::value::parse_json(frame.json).has_value());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = octavo::fuzz::input(data, size);
  for (;;) {
    const rethinkdb::QueryFrame frame = rethinkdb::parse_frame(input);
    if (frame.state != State::whole) break;
    const std::string_view cut = input.substr(0, frame.size() - 1);
    ASSERT(rethinkdb::parse_frame(cut).state == State::more);
    if (const auto query = reql::parse_query(frame.json)) {
      ASSERT((query->type == reql::QueryType::start) == (query->term != nullptr));
      if (query->term != nullptr) check_term(query->term);
    } else {
      check_error(frame.token, query.error());
    }
    input.remove_prefix(frame.size());
  }
  return 0;
}
