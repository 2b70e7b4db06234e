#include "keyspace/stream_arguments.h"

#include "base/text.h"
#include "keyspace/arguments.h"

namespace octavo::keyspace {
namespace {

constexpr std::uint64_t kDefaultLimitNodes = 100;  // of approximate trimming, in whole blocks

std::optional<NewStreamId> new_id(std::string_view text, Reply& reply) {
  NewStreamId out;
  if (text == "*") return out;
  out.id_given = true;
  if (text.ends_with("-*")) {
    if (const auto ms = parse_number<std::uint64_t>(text.substr(0, text.size() - 2))) {
      out.id = {*ms, 0};
      return out;
    }
  } else if (const auto id = parse_stream_id(text, 0)) {
    out.id = *id;
    out.sequence_given = true;
    return out;
  }
  reply.error(kBadStreamId);
  return std::nullopt;
}

class TrimParser {
 public:
  TrimParser(Args args, TrimCommand command, const EncodingLimits& limits, Reply& reply)
      : args_(args), is_xadd_(command == TrimCommand::xadd), limits_(limits), reply_(reply) {}

  std::optional<TrimArguments> parse() {
    std::size_t i = 2;
    for (; i < args_.size(); ++i) {
      const std::size_t more = args_.size() - i - 1;
      if (is_xadd_ && args_[i] == "*") {
        break;
      } else if (more >= 1 && (is_word(args_[i], "maxlen") || is_word(args_[i], "minid"))) {
        if (!strategy(i)) return std::nullopt;
      } else if (more >= 1 && is_word(args_[i], "limit")) {
        const auto limit = integer_argument(args_[++i], reply_);
        if (!limit) return std::nullopt;
        if (*limit < 0) return refuse("ERR The LIMIT argument must be >= 0.");
        limit_ = *limit;
      } else if (is_xadd_ && is_word(args_[i], "nomkstream")) {
        out_.make_stream = false;
      } else if (is_xadd_) {
        break;
      } else {
        return refuse(kSyntaxError);
      }
    }
    if (is_xadd_) {
      if (i == args_.size()) return refuse(kSyntaxError);
      const auto id = new_id(args_[i], reply_);
      if (!id) return std::nullopt;
      out_.id = *id;
    }
    out_.next = i;
    return check();
  }

 private:
  std::optional<TrimArguments> refuse(std::string_view error) {
    reply_.error(error);
    return std::nullopt;
  }

  bool strategy(std::size_t& i) {
    const bool by_size = is_word(args_[i], "maxlen");
    if (out_.trims) {
      reply_.error(
          "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
      return false;
    }
    out_.trims = true;
    const bool sign = args_.size() - i > 2 && (args_[i + 1] == "~" || args_[i + 1] == "=");
    if (sign) out_.trim.whole_blocks = args_[++i] == "~";
    const std::string_view threshold = args_[++i];
    if (!by_size) {
      const auto id = stream_id_argument(threshold, reply_);
      if (id) out_.trim.min_id = *id;
      return id.has_value();
    }
    const auto size = integer_argument(threshold, reply_);
    if (!size) return false;
    if (*size < 0) {
      reply_.error("ERR The MAXLEN argument must be >= 0.");
      return false;
    }
    out_.trim.max_size = static_cast<std::uint64_t>(*size);
    return true;
  }

  std::optional<TrimArguments> check() {
    if (limit_ && !out_.trims) {
      return refuse(
          "ERR syntax error, LIMIT cannot be used without specifying a trimming "
          "strategy");
    }
    if (!is_xadd_ && !out_.trims) {
      return refuse("ERR syntax error, XTRIM must be called with a trimming strategy");
    }
    if (limit_ && !out_.trim.whole_blocks) {
      return refuse("ERR syntax error, LIMIT cannot be used without the special ~ option");
    }
    if (limit_) {
      out_.trim.limit = static_cast<std::uint64_t>(*limit_);
    } else if (out_.trim.whole_blocks) {
      const auto block = static_cast<std::uint64_t>(limits_.stream_node_max_entries);
      out_.trim.limit = kDefaultLimitNodes * (block == 0 ? kDefaultLimitNodes : block);
    }
    return out_;
  }

  Args args_;
  bool is_xadd_;
  const EncodingLimits& limits_;
  Reply& reply_;
  TrimArguments out_;
  std::optional<std::int64_t> limit_;
};

}  // namespace

std::optional<StreamId> parse_stream_id(std::string_view text, std::uint64_t missing_sequence) {
  const std::size_t dash = text.find('-');
  const auto ms = parse_number<std::uint64_t>(text.substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == std::string_view::npos) return StreamId{*ms, missing_sequence};
  const auto sequence = parse_number<std::uint64_t>(text.substr(dash + 1));
  return sequence ? std::optional(StreamId{*ms, *sequence}) : std::nullopt;
}

std::optional<StreamId> stream_id_argument(std::string_view text, Reply& reply,
                                           std::uint64_t missing_sequence) {
  const auto id = parse_stream_id(text, missing_sequence);
  if (!id) reply.error(kBadStreamId);
  return id;
}

namespace {

std::optional<StreamId> interval_id(std::string_view text, std::uint64_t missing_sequence,
                                    bool& open, Reply& reply) {
  open = text.starts_with('(');
  if (open) return stream_id_argument(text.substr(1), reply, missing_sequence);
  if (text == "-") return StreamId::min();
  if (text == "+") return StreamId::max();
  return stream_id_argument(text, reply, missing_sequence);
}

}  // namespace

std::optional<StreamId> interval_start(std::string_view text, Reply& reply) {
  bool open = false;
  auto id = interval_id(text, 0, open, reply);
  if (id && open && !id->increment()) {
    reply.error("ERR invalid start ID for the interval");
    return std::nullopt;
  }
  return id;
}

std::optional<StreamId> interval_end(std::string_view text, Reply& reply) {
  bool open = false;
  auto id = interval_id(text, UINT64_MAX, open, reply);
  if (id && open && !id->decrement()) {
    reply.error("ERR invalid end ID for the interval");
    return std::nullopt;
  }
  return id;
}

std::optional<TrimArguments> trim_arguments(Args args, TrimCommand command,
                                            const EncodingLimits& limits, Reply& reply) {
  return TrimParser(args, command, limits, reply).parse();
}

void reply_entry(StreamId id, const StreamValue::Fields& fields, Reply& reply) {
  reply.array_header(2);
  reply.bulk(id.text());
  reply.array_header(fields.size());
  for (const std::string_view field : fields) reply.bulk(field);
}

}  // namespace octavo::keyspace
