#include <fmt/format.h>

#include "base/clock.h"
#include "listeners.h"
#include "load.h"

namespace octavo::load {
namespace {

constexpr std::string_view kChannel = "bench";

void put(Bytes& out, std::initializer_list<std::string_view> words) {
  out += fmt::format("*{}\r\n", words.size());
  for (const auto word : words) out += fmt::format("${}\r\n{}\r\n", word.size(), word);
}

// Bytes of one RESP value at `at`, 0 when it is not whole.
std::size_t value_size(BytesView input, std::size_t at) {
  const std::size_t end = input.find("\r\n", at);
  if (end == BytesView::npos) return 0;
  const std::size_t header = end + 2 - at;
  const char type = input[at];
  if (type != '$' && type != '*') return header;
  const long count = std::strtol(input.data() + at + 1, nullptr, 10);
  if (count < 0) return header;
  if (type == '$') {
    const std::size_t size = header + static_cast<std::size_t>(count) + 2;
    return input.size() - at >= size ? size : 0;
  }
  std::size_t size = header;
  for (long i = 0; i < count; ++i) {
    if (at + size >= input.size()) return 0;
    const std::size_t element = value_size(input, at + size);
    if (element == 0) return 0;
    size += element;
  }
  return size;
}

class Redis final : public Dialect {
 public:
  Redis(const Plan& plan, bool listens)
      : plan_(plan), listens_(listens), value_(plan.value_bytes, 'x') {}

  std::string opening(std::size_t step, BytesView) override {
    if (!listens_ || step > 0) return {};
    Bytes out;
    put(out, {"SUBSCRIBE", kChannel});
    return out;
  }

  void request(std::string_view op, Random& random, Bytes& out) override {
    if (listens_) return;
    const std::string key = fmt::format("key:{:012}", random.below(plan_.key_space));
    if (op == "set") {
      put(out, {"SET", key, value_});
    } else if (op == "get") {
      put(out, {"GET", key});
    } else if (op == "incr") {
      put(out, {"INCR", "counter:" + key});
    } else if (op == "lpush") {
      put(out, {"LPUSH", "mylist", value_});
    } else if (op == "hset") {
      put(out, {"HSET", "myhash", "field:" + key, value_});
    } else if (op == "zadd") {
      put(out, {"ZADD", "myzset", std::to_string(random.below(1000)), "element:" + key});
    } else if (op == "publish") {
      put(out, {"PUBLISH", kChannel, stamp(system_clock().monotonic_ns()) + value_});
    } else {
      put(out, {"PING"});
    }
  }

  Reply reply(BytesView input) override {
    if (input.empty()) return {};
    const std::size_t size = value_size(input, 0);
    if (size > 0 && input[0] == '-') return {size, std::string(input.substr(1, size - 3))};
    return {size, {}};
  }

 private:
  const Plan& plan_;
  bool listens_;
  std::string value_;
};

}  // namespace

std::unique_ptr<Dialect> make_redis(const Plan& plan, std::size_t) {
  return std::make_unique<Redis>(plan, false);
}

std::unique_ptr<Dialect> listen_redis(const Plan& plan, std::size_t) {
  return std::make_unique<Redis>(plan, true);
}

}  // namespace octavo::load
