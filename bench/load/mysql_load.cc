#include <fmt/format.h>

#include "load.h"

namespace octavo::load {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kRowsAtOnce = 500;  // of one INSERT that fills the table

Bytes packet(char sequence, BytesView payload) {
  Bytes out;
  put_le(out, static_cast<std::uint32_t>(payload.size()));
  out.back() = sequence;
  return out.append(payload);
}

// One that begins a command.
Bytes command(char number, BytesView rest) { return packet(0, number + Bytes(rest)); }

// As the administrator without a password. It does not depend on the greeting, and goes before it
// was read.
Bytes login() {
  constexpr std::uint32_t kFlags = 1U << 9U | 1U << 15U | 1U << 24U;  // 4.1, lengths, no EOF
  Bytes out;
  put_le(out, kFlags);
  put_le(out, std::uint32_t{1} << 24U);
  out.push_back('\x2d');
  out.append(23, '\0').append("root").append(2, '\0');
  return packet(1, out);
}

// Takes packets from the front; `cut`: they are not whole.
class Packets {
 public:
  explicit Packets(BytesView input) : input_(input) {}
  BytesView next() {
    const BytesView rest = input_.substr(at_);
    const std::size_t size =
        rest.size() < kHeaderBytes ? 0 : load_le<std::uint32_t>(rest.data()) & 0xffffffU;
    if (rest.size() < kHeaderBytes + size) {
      cut_ = true;
      return {};
    }
    at_ += kHeaderBytes + size;
    return rest.substr(kHeaderBytes, size);
  }
  bool cut() const { return cut_; }
  std::size_t taken() const { return at_; }

 private:
  BytesView input_;
  std::size_t at_ = 0;
  bool cut_ = false;
};

class Mysql : public Dialect {
 public:
  Mysql(const Plan& plan, std::vector<Bytes> setup) : plan_(plan), setup_(std::move(setup)) {}

  std::string opening(std::size_t step, BytesView) override {
    if (step == 0) return login();
    logged_in_ = true;
    return step <= setup_.size() ? setup_[step - 1] : std::string();
  }

  void request(std::string_view operation, Random& random, Bytes& out) override {
    const std::uint64_t key = random.below(plan_.key_space);
    if (operation == "select_1") {
      out += query("SELECT 1");
    } else if (operation == "get") {
      out += query(fmt::format("SELECT n, c FROM test.bench WHERE id = {}", key));
    } else if (operation == "get_prepared") {
      Bytes rest("\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01\x08\x00", 13);
      put_le(rest, key);
      out += command('\x17', rest);
    } else {
      out += query(
          fmt::format("UPDATE test.bench SET n = {} WHERE id = {}", random.below(1'000'000), key));
    }
  }

  Result<std::size_t> reply(BytesView input) override {
    Packets packets(input);
    BytesView first = packets.next();
    if (!logged_in_) first = packets.next();  // behind the greeting
    if (packets.cut()) return 0;
    if (first.starts_with('\xff')) return fail(Code::internal, Bytes(first.substr(3)));
    if (!first.starts_with('\0')) {
      for (auto i = static_cast<unsigned char>(first.front()); i > 0; --i) packets.next();
      BytesView row = packets.next();
      while (!packets.cut() && !row.starts_with('\xfe') && !row.starts_with('\xff')) {
        row = packets.next();
      }
      if (row.starts_with('\xff')) return fail(Code::internal, Bytes(row.substr(3)));
    } else if (is_prepared(first)) {
      const auto columns = load_le<std::uint16_t>(first.data() + 5);
      const auto parameters = load_le<std::uint16_t>(first.data() + 7);
      for (int i = columns + parameters; i > 0; --i) packets.next();
    }
    return packets.cut() ? 0 : packets.taken();
  }

  static Bytes query(std::string_view text) { return command('\x03', text); }
  static Bytes prepare(std::string_view text) { return command('\x16', text); }

 private:
  // Longer than any OK that comes here.
  static bool is_prepared(BytesView ok) {
    constexpr std::size_t kPreparedBytes = 12;
    return ok.size() == kPreparedBytes && ok.substr(1, 4) == BytesView("\x01\0\0\0", 4);
  }

  const Plan& plan_;
  const std::vector<Bytes> setup_;
  bool logged_in_ = false;
};

}  // namespace

std::unique_ptr<Dialect> make_mysql(const Plan& plan, std::size_t) {
  std::vector<Bytes> setup;
  if (contains(plan.mix, "get_prepared")) {
    setup.push_back(Mysql::prepare("SELECT n, c FROM test.bench WHERE id = ?"));
  }
  return std::make_unique<Mysql>(plan, std::move(setup));
}

// The table, and its rows.
std::unique_ptr<Dialect> prepare_mysql(const Plan& plan, std::size_t) {
  std::vector<Bytes> setup;
  if (plan.mix.size() > 1 || !contains(plan.mix, "select_1")) {
    setup.push_back(Mysql::query("DROP TABLE IF EXISTS test.bench"));
    setup.push_back(
        Mysql::query("CREATE TABLE test.bench (id BIGINT PRIMARY KEY, n INT NOT NULL, c "
                     "VARCHAR(200) NOT NULL)"));
    for (std::uint64_t key = 0; key < plan.key_space;) {
      std::string text = "INSERT INTO test.bench VALUES ";
      for (std::size_t i = 0; i < kRowsAtOnce && key < plan.key_space; ++i, ++key) {
        text += fmt::format("{}({}, 0, '{:x<150}')", i == 0 ? "" : ", ", key, "");
      }
      setup.push_back(Mysql::query(text));
    }
  }
  return std::make_unique<Mysql>(plan, std::move(setup));
}

}  // namespace octavo::load
