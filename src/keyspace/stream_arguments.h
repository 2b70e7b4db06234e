#pragma once

// Ids and trimming options as the stream commands write them. Functions that take a Reply write
// the error themselves and answer nullopt.

#include <cstdint>
#include <optional>
#include <string_view>

#include "keyspace/command.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {

class Reply;

inline constexpr std::string_view kBadStreamId =
    "ERR Invalid stream ID specified as stream command argument";

// "ms-sequence", or "ms" alone with the given sequence.
std::optional<StreamId> parse_stream_id(std::string_view text, std::uint64_t missing_sequence);
std::optional<StreamId> stream_id_argument(std::string_view text, Reply& reply,
                                           std::uint64_t missing_sequence = 0);

// One end of an interval: an id, "-", "+", or "(id" to leave it out.
std::optional<StreamId> interval_start(std::string_view text, Reply& reply);
std::optional<StreamId> interval_end(std::string_view text, Reply& reply);

// The id of XADD: complete, "ms-*" or "*".
struct NewStreamId {
  StreamId id;
  bool id_given = false;
  bool sequence_given = false;
};

// [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]]. For XADD an id follows; parsing
// stops there and `next` is its position.
struct TrimArguments {
  StreamValue::Trim trim;
  bool trims = false;
  bool make_stream = true;
  NewStreamId id;
  std::size_t next = 0;
};
enum class TrimCommand : std::uint8_t { xadd, xtrim };
std::optional<TrimArguments> trim_arguments(Args args, TrimCommand command,
                                            const EncodingLimits& limits, Reply& reply);

// One entry as [id, [field, value …]].
void reply_entry(StreamId id, const StreamValue::Fields& fields, Reply& reply);

}  // namespace octavo::keyspace
