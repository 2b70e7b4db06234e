// Places in sorted sets: GEOADD, GEOPOS, GEODIST, GEOHASH, GEOSEARCH and its older relatives.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/command_table.h"
#include "keyspace/context.h"
#include "keyspace/deferred_read.h"
#include "keyspace/type/geohash.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

std::optional<double> unit_argument(std::string_view word, Reply& reply) {
  if (is_word(word, "m")) return 1;
  if (is_word(word, "km")) return 1000;
  if (is_word(word, "ft")) return 0.3048;
  if (is_word(word, "mi")) return 1609.34;
  reply.error("ERR unsupported unit provided. please use M, KM, FT, MI");
  return std::nullopt;
}

std::optional<GeoPoint> point_argument(std::string_view longitude, std::string_view latitude,
                                       Reply& reply) {
  const auto x = double_argument(longitude, reply);
  if (!x) return std::nullopt;
  const auto y = double_argument(latitude, reply);
  if (!y) return std::nullopt;
  const GeoPoint point{*x, *y};
  if (geo_point_is_valid(point)) return point;
  char text[512];
  std::snprintf(text, sizeof(text), "ERR invalid longitude,latitude pair %f,%f", *x, *y);
  reply.error(text);
  return std::nullopt;
}

GeoPoint point_of_score(double score) { return geo_point(static_cast<std::uint64_t>(score)); }

std::string distance_text(double distance) {
  char text[128];
  const int size = std::snprintf(text, sizeof(text), "%.4f", distance);
  return std::string(text, static_cast<std::size_t>(size));
}

void reply_point(const GeoPoint& point, Reply& reply) {
  reply.array_header(2);
  reply.real_text(format_human(point.longitude));
  reply.real_text(format_human(point.latitude));
}

// GEOADD key [NX|XX] [CH] longitude latitude member ...: a ZADD with the places' scores
void geoadd_command(CommandContext& context, Args args, Reply& reply) {
  std::vector<std::string_view> zadd = {"zadd", args[1]};
  bool only_new = false;
  bool only_existing = false;
  std::size_t at = 2;
  for (; at < args.size(); ++at) {
    if (is_word(args[at], "nx")) {
      only_new = true;
    } else if (is_word(args[at], "xx")) {
      only_existing = true;
    } else if (!is_word(args[at], "ch")) {
      break;
    }
    zadd.push_back(args[at]);
  }
  if ((args.size() - at) % 3 != 0 || at == args.size() || (only_new && only_existing)) {
    return reply.syntax_error();
  }
  std::vector<std::string> scores;
  scores.reserve((args.size() - at) / 3);
  for (; at < args.size(); at += 3) {
    const auto point = point_argument(args[at], args[at + 1], reply);
    if (!point) return;
    scores.push_back(std::to_string(geo_score(*point)));
    zadd.push_back(scores.back());
    zadd.push_back(args[at + 2]);
  }
  keyspace_commands().find("zadd")->handler(context, zadd, reply);
}

void geopos_command(CommandContext& context, Args args, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  reply.array_header(args.size() - 2);
  for (const std::string_view member : args.subspan(2)) {
    const auto score = *zset == nullptr ? std::nullopt : (*zset)->score(member);
    score ? reply_point(point_of_score(*score), reply) : reply.null_array();
  }
}

void geohash_command(CommandContext& context, Args args, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  reply.array_header(args.size() - 2);
  for (const std::string_view member : args.subspan(2)) {
    const auto score = *zset == nullptr ? std::nullopt : (*zset)->score(member);
    score ? reply.bulk(geo_hash_text(point_of_score(*score))) : reply.null();
  }
}

void geodist_command(CommandContext& context, Args args, Reply& reply) {
  double unit = 1;
  if (args.size() == 5) {
    const auto given = unit_argument(args[4], reply);
    if (!given) return;
    unit = *given;
  } else if (args.size() > 5) {
    return reply.syntax_error();
  }
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  const auto a = *zset == nullptr ? std::nullopt : (*zset)->score(args[2]);
  const auto b = *zset == nullptr ? std::nullopt : (*zset)->score(args[3]);
  if (!a || !b) return reply.null();
  reply.bulk(distance_text(geo_distance(point_of_score(*a), point_of_score(*b)) / unit));
}

// --- searching ---

enum class SortOrder : std::uint8_t { none, nearest, farthest };

struct GeoQuery {
  GeoShape shape;
  double unit = 1;
  bool with_coordinates = false;
  bool with_distance = false;
  bool with_hash = false;
  SortOrder order = SortOrder::none;
  std::uint64_t count = 0;  // 0: all
  bool any = false;
  std::optional<std::string_view> store;
  bool store_distance = false;
};

struct GeoHit {
  std::string member;
  double score;
  double distance;  // in the query's unit
};

std::uint64_t rank_of(const ZsetValue& zset, std::uint64_t cell) {
  const auto first = static_cast<double>(cell);
  return zset.count_before([&](double score, std::string_view) { return score < first; });
}

// How many members are looked at, at most.
std::uint64_t cost(const ZsetValue* zset, const GeoQuery& query) {
  if (zset == nullptr) return 0;
  std::uint64_t sum = 0;
  if (zset->size() <= kDeferAbove) return zset->size();
  const GeoRanges cover = geo_cover(query.shape);
  for (std::size_t i = 0; i < cover.count; ++i) {
    sum += rank_of(*zset, cover.ranges[i].last) - rank_of(*zset, cover.ranges[i].first);
  }
  return query.any ? std::min(sum, query.count) : sum;
}

std::vector<GeoHit> search(CommandContext& context, const ZsetValue& zset, const GeoQuery& query) {
  std::vector<GeoHit> hits;
  const std::uint64_t enough = query.any ? query.count : 0;
  const GeoRanges cover = geo_cover(query.shape);
  for (std::size_t i = 0; i < cover.count; ++i) {
    if (enough != 0 && hits.size() >= enough) break;
    const auto last = static_cast<double>(cover.ranges[i].last);
    const std::uint64_t rank = rank_of(zset, cover.ranges[i].first);
    zset.visit(rank, false, [&](std::string_view member, double score) {
      if (score >= last || !context.go_on()) return false;
      const double distance = query.shape.distance_inside(point_of_score(score));
      if (distance >= 0) hits.push_back({std::string(member), score, distance / query.unit});
      return enough == 0 || hits.size() < enough;
    });
  }
  if (query.order == SortOrder::nearest) {
    std::sort(hits.begin(), hits.end(), [](const GeoHit& a, const GeoHit& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.member < b.member;
    });
  } else if (query.order == SortOrder::farthest) {
    std::sort(hits.begin(), hits.end(), [](const GeoHit& a, const GeoHit& b) {
      return a.distance != b.distance ? a.distance > b.distance : a.member < b.member;
    });
  }
  if (query.count != 0 && hits.size() > query.count) hits.resize(query.count);
  return hits;
}

void reply_hits(const std::vector<GeoHit>& hits, const GeoQuery& query, Reply& reply) {
  const std::size_t extras = std::size_t{query.with_distance} + std::size_t{query.with_hash} +
                             std::size_t{query.with_coordinates};
  reply.array_header(hits.size());
  for (const GeoHit& hit : hits) {
    if (extras > 0) reply.array_header(1 + extras);
    reply.bulk(hit.member);
    if (query.with_distance) reply.bulk(distance_text(hit.distance));
    if (query.with_hash) reply.integer(static_cast<std::int64_t>(hit.score));
    if (query.with_coordinates) reply_point(point_of_score(hit.score), reply);
  }
}

std::optional<Object> make_zset(CommandContext& context, const ZsetValue* zset,
                                const GeoQuery& query) {
  auto result = std::make_unique<ZsetValue>();
  if (zset != nullptr) {
    for (const GeoHit& hit : search(context, *zset, query)) {
      result->set(hit.member, query.store_distance ? hit.distance : hit.score, context.limits());
    }
  }
  return Object(result.release());
}

// The options of all search commands, and which of them a command has.
struct GeoGrammar {
  bool shapes = false;      // FROMMEMBER, FROMLONLAT, BYRADIUS, BYBOX
  bool store = false;       // STORE key, STOREDIST key
  bool store_flag = false;  // STOREDIST alone
};

class GeoParser {
 public:
  GeoParser(const ZsetValue* zset, const GeoGrammar& grammar, GeoQuery& query, Reply& reply)
      : zset_(zset), grammar_(grammar), query_(query), reply_(reply) {}

  bool parse(Args args, std::string_view command) {
    for (std::size_t i = 0; i < args.size(); ++i) {
      const std::size_t more = args.size() - i - 1;
      if (is_word(args[i], "withdist")) {
        query_.with_distance = true;
      } else if (is_word(args[i], "withhash")) {
        query_.with_hash = true;
      } else if (is_word(args[i], "withcoord")) {
        query_.with_coordinates = true;
      } else if (is_word(args[i], "any")) {
        query_.any = true;
      } else if (is_word(args[i], "asc")) {
        query_.order = SortOrder::nearest;
      } else if (is_word(args[i], "desc")) {
        query_.order = SortOrder::farthest;
      } else if (more >= 1 && is_word(args[i], "count")) {
        if (!parse_count(args[++i])) return false;
      } else if (grammar_.store && more >= 1 &&
                 (is_word(args[i], "store") || is_word(args[i], "storedist"))) {
        query_.store_distance = is_word(args[i], "storedist");
        query_.store = args[++i];
      } else if (grammar_.store_flag && is_word(args[i], "storedist")) {
        query_.store_distance = true;
      } else if (grammar_.shapes) {
        const std::size_t used = parse_shape(args.subspan(i));
        if (used == 0) return false;
        i += used - 1;
      } else {
        reply_.syntax_error();
        return false;
      }
    }
    return check(command);
  }

  bool center_on_member(std::string_view member) {
    if (zset_ == nullptr) return true;  // nothing will be found anyway
    const auto score = zset_->score(member);
    if (!score) {
      reply_.error("ERR could not decode requested zset member");
      return false;
    }
    query_.shape.center = point_of_score(*score);
    return true;
  }

  bool radius(std::string_view number, std::string_view unit) {
    const auto radius = double_argument(number, reply_, "ERR need numeric radius");
    if (!radius) return false;
    if (*radius < 0) {
      reply_.error("ERR radius cannot be negative");
      return false;
    }
    const auto scale = unit_argument(unit, reply_);
    if (!scale) return false;
    query_.unit = *scale;
    query_.shape.is_circle = true;
    query_.shape.radius_m = *radius * *scale;
    return true;
  }

 private:
  bool parse_count(std::string_view argument) {
    const auto count = integer_argument(argument, reply_);
    if (!count) return false;
    if (*count <= 0) {
      reply_.error("ERR COUNT must be > 0");
      return false;
    }
    query_.count = static_cast<std::uint64_t>(*count);
    return true;
  }

  // Returns how many arguments were used; 0: the error is written.
  std::size_t parse_shape(Args args) {
    const std::size_t more = args.size() - 1;
    if (!from_ && more >= 1 && is_word(args[0], "frommember")) {
      from_ = true;
      return center_on_member(args[1]) ? 2 : 0;
    }
    if (!from_ && more >= 2 && is_word(args[0], "fromlonlat")) {
      const auto point = point_argument(args[1], args[2], reply_);
      if (!point) return 0;
      query_.shape.center = *point;
      from_ = true;
      return 3;
    }
    if (!by_ && more >= 2 && is_word(args[0], "byradius")) {
      by_ = true;
      return radius(args[1], args[2]) ? 3 : 0;
    }
    if (!by_ && more >= 3 && is_word(args[0], "bybox")) {
      by_ = true;
      return box(args) ? 4 : 0;
    }
    reply_.syntax_error();
    return 0;
  }

  bool box(Args args) {
    const auto width = double_argument(args[1], reply_, "ERR need numeric width");
    if (!width) return false;
    const auto height = double_argument(args[2], reply_, "ERR need numeric height");
    if (!height) return false;
    if (*width < 0 || *height < 0) {
      reply_.error("ERR height or width cannot be negative");
      return false;
    }
    const auto scale = unit_argument(args[3], reply_);
    if (!scale) return false;
    query_.unit = *scale;
    query_.shape.is_circle = false;
    query_.shape.width_m = *width * *scale;
    query_.shape.height_m = *height * *scale;
    return true;
  }

  bool check(std::string_view command) {
    const bool stores = query_.store.has_value();
    const bool extras = query_.with_coordinates || query_.with_distance || query_.with_hash;
    const std::string name = lower_case(command);
    if (stores && extras) {
      reply_.error("ERR " +
                   std::string(grammar_.shapes ? "GEOSEARCHSTORE"
                                               : "STORE option in "
                                                 "GEORADIUS") +
                   " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    } else if (grammar_.shapes && !from_) {
      reply_.error("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + name);
    } else if (grammar_.shapes && !by_) {
      reply_.error("ERR exactly one of BYRADIUS and BYBOX can be specified for " + name);
    } else if (query_.any && query_.count == 0) {
      reply_.error("ERR the ANY argument requires COUNT argument");
    } else {
      // The nearest ones are meant, unless any will do.
      if (query_.count != 0 && !query_.any && query_.order == SortOrder::none) {
        query_.order = SortOrder::nearest;
      }
      return true;
    }
    return false;
  }

  const ZsetValue* zset_;
  GeoGrammar grammar_;
  GeoQuery& query_;
  Reply& reply_;
  bool from_ = false;
  bool by_ = false;
};

void answer(CommandContext& context, const ZsetValue* zset, const GeoQuery& query,
            std::string_view event, Reply& reply) {
  if (query.store) {
    auto result = context.make(cost(zset, query), [&] { return make_zset(context, zset, query); });
    if (!result) return;
    reply.integer(static_cast<std::int64_t>(result->element_count()));
    context.put_or_erase(*query.store, std::move(*result), EventClass::zset, event);
  } else if (!context.defer(cost(zset, query))) {
    reply_hits(zset == nullptr ? std::vector<GeoHit>() : search(context, *zset, query), query,
               reply);
  }
}

void geosearch_command(CommandContext& context, Args args, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  GeoQuery query;
  GeoParser parser(*zset, {.shapes = true}, query, reply);
  if (parser.parse(args.subspan(2), args[0])) answer(context, *zset, query, "", reply);
}

void geosearchstore_command(CommandContext& context, Args args, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[2], reply);
  if (!zset) return;
  GeoQuery query;
  query.store = args[1];
  GeoParser parser(*zset, {.shapes = true, .store_flag = true}, query, reply);
  if (!parser.parse(args.subspan(3), args[0])) return;
  answer(context, *zset, query, "geosearchstore", reply);
}

// GEORADIUS key longitude latitude radius unit [options]
void georadius(CommandContext& context, Args args, bool may_store, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  GeoQuery query;
  GeoParser parser(*zset, {.store = may_store}, query, reply);
  const auto point = point_argument(args[2], args[3], reply);
  if (!point) return;
  query.shape.center = *point;
  if (!parser.radius(args[4], args[5]) || !parser.parse(args.subspan(6), args[0])) return;
  answer(context, *zset, query, "georadiusstore", reply);
}
void georadius_command(CommandContext& context, Args args, Reply& reply) {
  georadius(context, args, true, reply);
}
void georadius_ro_command(CommandContext& context, Args args, Reply& reply) {
  georadius(context, args, false, reply);
}

// GEORADIUSBYMEMBER key member radius unit [options]
void georadiusbymember(CommandContext& context, Args args, bool may_store, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  GeoQuery query;
  GeoParser parser(*zset, {.store = may_store}, query, reply);
  // Without the key, Redis looks at the options but not at the radius.
  const bool present = *zset != nullptr;
  if (present && !(parser.center_on_member(args[2]) && parser.radius(args[3], args[4]))) return;
  if (!parser.parse(args.subspan(5), args[0])) return;
  answer(context, *zset, query, "georadiusstore", reply);
}
void georadiusbymember_command(CommandContext& context, Args args, Reply& reply) {
  georadiusbymember(context, args, true, reply);
}
void georadiusbymember_ro_command(CommandContext& context, Args args, Reply& reply) {
  georadiusbymember(context, args, false, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{
        "geoadd", -5, kWrite | kDenyOom, 1, 1, 1, geoadd_command, "geo", "3.2.0",
        "Add one or more geospatial items in the geospatial index represented using a sorted set"}
        .with_use(use::kRW | use::kUpdate),
    {"geopos", -2, kReadonly, 1, 1, 1, geopos_command, "geo", "3.2.0",
     "Returns longitude and latitude of members of a geospatial index"},
    {"geohash", -2, kReadonly, 1, 1, 1, geohash_command, "geo", "3.2.0",
     "Returns members of a geospatial index as standard geohash strings"},
    {"geodist", -4, kReadonly, 1, 1, 1, geodist_command, "geo", "3.2.0",
     "Returns the distance between two members of a geospatial index"},
    {"geosearch", -7, kReadonly, 1, 1, 1, geosearch_command, "geo", "6.2.0",
     "Query a sorted set representing a geospatial index to fetch members inside an area of a "
     "box or a circle."},
    CommandSpec{
        "geosearchstore", -8, kWrite | kDenyOom | kMakesFirst, 1, 2, 1, geosearchstore_command,
        "geo", "6.2.0",
        "Query a sorted set representing a geospatial index to fetch members inside an area of a "
        "box or a circle, and store the result in another key."}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    CommandSpec{
        "georadius", -6, kWrite | kDenyOom | kMovableKeys | kMakesLast, 1, 1, 1, georadius_command,
        "geo", "3.2.0",
        "Query a sorted set representing a geospatial index to fetch members matching a given "
        "maximum distance from a point",
        KeyRule::store}
        .with_use(use::kRO | use::kAccess, use::kOW | use::kUpdate)
        .with_read_only_form("georadius_ro"),
    {"georadius_ro", -6, kReadonly, 1, 1, 1, georadius_ro_command, "geo", "3.2.10",
     "A read-only variant for GEORADIUS"},
    CommandSpec{
        "georadiusbymember", -5, kWrite | kDenyOom | kMovableKeys | kMakesLast, 1, 1, 1,
        georadiusbymember_command, "geo", "3.2.0",
        "Query a sorted set representing a geospatial index to fetch members matching a given "
        "maximum distance from a member",
        KeyRule::store}
        .with_use(use::kRO | use::kAccess, use::kOW | use::kUpdate)
        .with_read_only_form("georadiusbymember_ro"),
    {"georadiusbymember_ro", -5, kReadonly, 1, 1, 1, georadiusbymember_ro_command, "geo", "3.2.10",
     "A read-only variant for GEORADIUSBYMEMBER"},
};

}  // namespace

std::span<const CommandSpec> geo_commands() { return kRows; }

}  // namespace octavo::keyspace
