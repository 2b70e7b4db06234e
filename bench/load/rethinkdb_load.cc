#include <fmt/format.h>

#include "base/clock.h"
#include "listeners.h"
#include "load.h"

namespace octavo::load {
namespace {

constexpr std::size_t kFrameHeaderBytes = 12;
constexpr std::uint32_t kMagicV04 = 0x400c2d20;
constexpr std::uint32_t kProtocolJson = 0x7e6970c7;

Bytes frame(std::uint64_t token, std::string_view json) {
  Bytes out;
  put_le(out, token);
  put_le(out, static_cast<std::uint32_t>(json.size()));
  out.append(json);
  return out;
}

constexpr std::string_view kTable = R"([15,[[14,["test"]],"bench"]])";

// Logs in as the administrator without a password, then runs the queries of `setup` one by one.
class Rethink : public Dialect {
 public:
  Rethink(const Plan& plan, std::size_t connection, std::vector<std::string> setup,
          bool listens = false)
      : plan_(plan), setup_(std::move(setup)), listens_(listens), next_key_(connection << 40) {}

  std::string opening(std::size_t step, BytesView) override {
    if (step == 0) {
      Bytes out;
      put_le(out, kMagicV04);
      put_le(out, std::uint32_t{0});
      put_le(out, kProtocolJson);
      return out;
    }
    logged_in_ = true;
    if (step > setup_.size()) return {};
    return frame(++token_, setup_[step - 1]);
  }

  void request(std::string_view operation, Random& random, Bytes& out) override {
    if (listens_) {
      out += frame(token_, "[2]");
      return;
    }
    std::string json;
    const std::string_view durability = plan_.hard ? "hard" : "soft";
    if (operation == "get") {
      json = fmt::format("[1,[16,[{},{}]]]", kTable, random.below(plan_.key_space));
    } else if (operation == "update") {
      json = fmt::format(R"([1,[53,[[16,[{},{}]],{{"n":{}}}],{{"durability":"{}"}}]])", kTable,
                         random.below(plan_.key_space), random.below(1'000'000), durability);
    } else if (operation == "replace") {
      json = fmt::format(R"([1,[56,[{},{{"id":{},"n":{},"text":"{:x<{}}"}}],)"
                         R"({{"conflict":"replace","durability":"{}"}}]])",
                         kTable, random.below(plan_.key_space), random.below(1'000'000), "",
                         plan_.value_bytes, durability);
    } else {
      json = fmt::format("[1,[56,[{},", kTable);
      if (plan_.batch == 1) {
        document(random, json);
      } else {
        json += "[2,[";
        for (std::size_t i = 0; i < plan_.batch; ++i) {
          if (i > 0) json.push_back(',');
          document(random, json);
        }
        json += "]]";
      }
      json += fmt::format("],{{\"durability\":\"{}\"}}]]", durability);
    }
    out += frame(++token_, json);
  }

  Result<std::size_t> reply(BytesView input) override {
    if (!logged_in_) {
      const std::size_t end = input.find('\0');
      if (end == BytesView::npos) return 0;
      if (!input.starts_with("SUCCESS")) return fail(Code::internal, Bytes(input.substr(0, end)));
      return end + 1;
    }
    if (input.size() < kFrameHeaderBytes) return 0;
    const std::size_t size = kFrameHeaderBytes + load_le<std::uint32_t>(input.data() + 8);
    if (input.size() < size) return 0;
    const BytesView json = input.substr(kFrameHeaderBytes, size - kFrameHeaderBytes);
    if (json.starts_with("{\"t\":1") && !json.starts_with("{\"t\":1,")) {
      return fail(Code::internal, Bytes(json.substr(0, 300)));
    }
    return size;
  }

  std::size_t weight(std::string_view operation) const override {
    return operation == "insert" ? plan_.batch : 1;
  }

 private:
  // About 200 bytes.
  void document(Random& random, std::string& out) {
    out += fmt::format(
        R"({{"id":{},"name":"user {:08}","email":"user{:08}@example.org","age":{},"score":{:.4f},)"
        R"("tags":[2,["alpha","beta","gamma"]],"text":"{:x<50}",{}}})",
        ++next_key_, random.below(100'000'000), random.below(100'000'000), random.below(100),
        random.uniform(), "", stamp(system_clock().monotonic_ns()));
  }

  const Plan& plan_;
  std::vector<std::string> setup_;
  bool listens_;  // the last query of `setup` is a feed, and every request continues it
  std::uint64_t next_key_;
  std::uint64_t token_ = 0;
  bool logged_in_ = false;
};

}  // namespace

std::unique_ptr<Dialect> make_rethinkdb(const Plan& plan, std::size_t connection) {
  return std::make_unique<Rethink>(plan, connection + 1, std::vector<std::string>());
}

std::unique_ptr<Dialect> listen_rethinkdb(const Plan& plan, std::size_t connection) {
  std::vector<std::string> setup;
  setup.push_back(fmt::format("[1,[152,[{}]]]", kTable));
  return std::make_unique<Rethink>(plan, connection + 1, std::move(setup), true);
}

// The table, and the rows that will be read or updated.
std::unique_ptr<Dialect> prepare_rethinkdb(const Plan& plan, std::size_t) {
  std::vector<std::string> setup;
  setup.emplace_back(
      R"([1,[65,[[93,[[62,[[14,["test"]]]],"bench"]],[61,[[14,["test"]],"bench"]],null]]])");
  setup.emplace_back(R"([1,[60,[[14,["test"]],"bench"]]])");
  if (contains(plan.mix, "get") || contains(plan.mix, "update")) {
    setup.push_back(
        fmt::format(R"([1,[56,[{},[38,[[173,[0,{}]],[69,[[2,[1]],{{"id":[10,[1]],)"
                    R"("name":"a row to read","text":"{:x<150}"}}]]]]],{{"durability":"soft"}}]])",
                    kTable, plan.key_space, ""));
  }
  return std::make_unique<Rethink>(plan, 0, std::move(setup));
}

}  // namespace octavo::load
