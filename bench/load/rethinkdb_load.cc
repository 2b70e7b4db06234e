#include <fmt/format.h>

#include "base/clock.h"
#include "listeners.h"
#include "load.h"
#include "ycsb.h"

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
constexpr std::string_view kYcsbTable = R"([15,[[14,["test"]],"ycsb"]])";
constexpr std::size_t kRowsAtOnce = 500;  // of one insert that fills the table of YCSB

std::string ycsb_row(std::string_view key, Random& random) {
  std::string out = fmt::format(R"({{"id":"{}")", key);
  for (std::size_t i = 0; i < ycsb::kFields; ++i) {
    out += fmt::format(R"(,"{}":"{}")", ycsb::field_name(i), ycsb::field_text(random));
  }
  return out + "}";
}

std::string insert_rows(std::string_view rows, std::string_view durability) {
  return fmt::format(R"([1,[56,[{},{}],{{"durability":"{}"}}]])", kYcsbTable, rows, durability);
}

// Logs in as the administrator without a password, then runs the queries of `setup` one by one.
class Rethink : public Dialect {
 public:
  Rethink(const Plan& plan, std::size_t connection, std::vector<std::string> setup,
          bool listens = false)
      : plan_(plan),
        setup_(std::move(setup)),
        listens_(listens),
        next_key_(connection << 40),
        keys_(plan, connection == 0 ? 0 : connection - 1) {}

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
    if (operation.starts_with("ycsb_")) {
      json = ycsb_query(operation, random);
    } else if (operation == "get") {
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

  Reply reply(BytesView input) override {
    if (!logged_in_) {
      const std::size_t end = input.find('\0');
      if (end == BytesView::npos) return {};
      if (input.starts_with("SUCCESS")) return {end + 1, {}};
      return {end + 1, std::string(input.substr(0, end))};
    }
    if (input.size() < kFrameHeaderBytes) return {};
    const std::size_t size = kFrameHeaderBytes + load_le<std::uint32_t>(input.data() + 8);
    if (input.size() < size) return {};
    const BytesView json = input.substr(kFrameHeaderBytes, size - kFrameHeaderBytes);
    const bool failed = json.starts_with("{\"t\":1") && !json.starts_with("{\"t\":1,");
    return {size, failed ? std::string(json.substr(0, 300)) : std::string()};
  }

  std::size_t weight(std::string_view operation) const override {
    return operation == "insert" ? plan_.batch : 1;
  }

 private:
  std::string ycsb_query(std::string_view operation, Random& random) {
    const std::string_view durability = plan_.hard ? "hard" : "soft";
    if (operation == ycsb::kInsert) return insert_rows(ycsb_row(keys_.add(), random), durability);
    const std::string key =
        operation == ycsb::kReadLatest ? keys_.latest(random) : keys_.any(random);
    if (operation == ycsb::kUpdate) {
      return fmt::format(R"([1,[53,[[16,[{},"{}"]],{{"{}":"{}"}}],{{"durability":"{}"}}]])",
                         kYcsbTable, key, ycsb::field_name(random.below(ycsb::kFields)),
                         ycsb::field_text(random), durability);
    }
    if (operation == ycsb::kScan) {  // as an array, so that one reply has all
      return fmt::format(
          R"([1,[51,[[71,[[41,[[182,[{},"{}",[181,[]]]]],{{"index":"id"}}],{}]],"array"]]])",
          kYcsbTable, key, 1 + random.below(ycsb::kMostScanned));
    }
    return fmt::format(R"([1,[16,[{},"{}"]]])", kYcsbTable, key);
  }

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
  ycsb::Keys keys_;
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

// The tables, and the rows that will be read or updated.
std::unique_ptr<Dialect> prepare_rethinkdb(const Plan& plan, std::size_t) {
  std::vector<std::string> setup;
  for (const std::string_view table : {std::string_view("bench"), ycsb::kTable}) {
    setup.push_back(fmt::format(
        R"([1,[65,[[93,[[62,[[14,["test"]]]],"{0}"]],[61,[[14,["test"]],"{0}"]],null]]])", table));
    setup.push_back(fmt::format(R"([1,[60,[[14,["test"]],"{}"]]])", table));
  }
  if (contains(plan.mix, "get") || contains(plan.mix, "update")) {
    setup.push_back(
        fmt::format(R"([1,[56,[{},[38,[[173,[0,{}]],[69,[[2,[1]],{{"id":[10,[1]],)"
                    R"("name":"a row to read","text":"{:x<150}"}}]]]]],{{"durability":"soft"}}]])",
                    kTable, plan.key_space, ""));
  }
  Random random(1);
  for (std::uint64_t i = 0; ycsb::is_wanted(plan.mix) && i < plan.key_space;) {
    std::string rows;
    for (std::size_t n = 0; n < kRowsAtOnce && i < plan.key_space; ++n, ++i) {
      rows += (n == 0 ? "" : ",") + ycsb_row(ycsb::key(i), random);
    }
    setup.push_back(insert_rows("[2,[" + rows + "]]", "soft"));
  }
  return std::make_unique<Rethink>(plan, 0, std::move(setup));
}

}  // namespace octavo::load
