#include <fmt/format.h>

#include "load.h"
#include "ycsb.h"

namespace octavo::load {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr char kPrepare = '\x16';
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

// Types of parameters.
constexpr char kBigInt = '\x08';
constexpr char kText = '\xfd';

// Numbers of prepared statements, in the order of their preparation.
constexpr std::uint32_t kReadStatement = 1;
constexpr std::uint32_t kScanStatement = 2;
constexpr std::uint32_t kInsertStatement = 3;
constexpr std::uint32_t kUpdateStatement = 4;  // of the first field; the others follow

void put_text(Bytes& out, std::string_view text) {  // of less than 251 bytes
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

// COM_STMT_EXECUTE; no parameter is NULL.
template <typename PutValues>
Bytes execute(std::uint32_t statement, const std::vector<char>& types, PutValues put_values) {
  Bytes out;
  put_le(out, statement);
  out.push_back('\0');            // no cursor
  put_le(out, std::uint32_t{1});  // once
  out.append((types.size() + 7) / 8, '\0');
  out.push_back('\1');
  for (const char type : types) out.append({type, '\0'});
  put_values(out);
  return command('\x17', out);
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
  Mysql(const Plan& plan, std::size_t connection, std::vector<Bytes> setup)
      : plan_(plan), setup_(std::move(setup)), keys_(plan, connection) {}

  std::string opening(std::size_t step, BytesView) override {
    if (step == 0) return login();
    logged_in_ = true;
    preparing_ = step <= setup_.size() && setup_[step - 1][kHeaderBytes] == kPrepare;
    return step <= setup_.size() ? setup_[step - 1] : std::string();
  }

  void request(std::string_view operation, Random& random, Bytes& out) override {
    const std::uint64_t key = random.below(plan_.key_space);
    if (operation.starts_with("ycsb_")) {
      out += ycsb_statement(operation, random);
    } else if (operation == "select_1") {
      out += query("SELECT 1");
    } else if (operation == "get") {
      out += query(fmt::format("SELECT n, c FROM test.bench WHERE id = {}", key));
    } else if (operation == "get_prepared") {
      out += execute(1, {kBigInt}, [&](Bytes& values) { put_le(values, key); });
    } else {
      out += query(
          fmt::format("UPDATE test.bench SET n = {} WHERE id = {}", random.below(1'000'000), key));
    }
  }

  Reply reply(BytesView input) override {
    Packets packets(input);
    BytesView last = packets.next();
    if (!logged_in_) last = packets.next();  // behind the greeting
    if (preparing_ && !packets.cut() && last.starts_with('\0')) {
      const auto columns = load_le<std::uint16_t>(last.data() + 5);
      const auto parameters = load_le<std::uint16_t>(last.data() + 7);
      for (int i = columns + parameters; i > 0; --i) packets.next();
    } else if (!packets.cut() && !last.starts_with('\0') && !is_error(last)) {
      for (auto i = static_cast<unsigned char>(last.front()); i > 0; --i) packets.next();
      do {
        last = packets.next();
      } while (!packets.cut() && !last.starts_with('\xfe') && !is_error(last));
    }
    if (packets.cut()) return {};
    return {packets.taken(), is_error(last) ? std::string(last.substr(3)) : std::string()};
  }

  static Bytes query(std::string_view text) { return command('\x03', text); }
  static Bytes prepare(std::string_view text) { return command(kPrepare, text); }

 private:
  static bool is_error(BytesView packet) { return packet.starts_with('\xff'); }
  // Of the statements that `ycsb_statements` prepares.
  Bytes ycsb_statement(std::string_view operation, Random& random) {
    if (operation == ycsb::kInsert) {
      return execute(kInsertStatement, std::vector(1 + ycsb::kFields, kText), [&](Bytes& values) {
        put_text(values, keys_.add());
        for (std::size_t i = 0; i < ycsb::kFields; ++i) put_text(values, ycsb::field_text(random));
      });
    }
    const std::string key =
        operation == ycsb::kReadLatest ? keys_.latest(random) : keys_.any(random);
    if (operation == ycsb::kUpdate) {
      const auto field = static_cast<std::uint32_t>(random.below(ycsb::kFields));
      return execute(kUpdateStatement + field, {kText, kText}, [&](Bytes& values) {
        put_text(values, ycsb::field_text(random));
        put_text(values, key);
      });
    }
    if (operation == ycsb::kScan) {
      return execute(kScanStatement, {kText, kBigInt}, [&](Bytes& values) {
        put_text(values, key);
        put_le(values, 1 + random.below(ycsb::kMostScanned));
      });
    }
    return execute(kReadStatement, {kText}, [&](Bytes& values) { put_text(values, key); });
  }

  const Plan& plan_;
  const std::vector<Bytes> setup_;
  ycsb::Keys keys_;
  bool logged_in_ = false;
  bool preparing_ = false;  // what was asked for last
};

std::vector<Bytes> ycsb_statements() {
  std::string marks;
  for (std::size_t i = 0; i < ycsb::kFields; ++i) marks += ", ?";
  std::vector<Bytes> out;
  out.push_back(Mysql::prepare("SELECT * FROM test.ycsb WHERE ycsb_key = ?"));
  out.push_back(
      Mysql::prepare("SELECT * FROM test.ycsb WHERE ycsb_key >= ? ORDER BY ycsb_key LIMIT ?"));
  out.push_back(Mysql::prepare("INSERT INTO test.ycsb VALUES (?" + marks + ")"));
  for (std::size_t i = 0; i < ycsb::kFields; ++i) {
    out.push_back(Mysql::prepare(
        fmt::format("UPDATE test.ycsb SET {} = ? WHERE ycsb_key = ?", ycsb::field_name(i))));
  }
  return out;
}

// Statements that make a table and put rows into it, `row` for each number below `count`.
template <typename Row>
void fill(std::vector<Bytes>& out, std::string_view table, std::string_view columns,
          std::uint64_t count, Row row) {
  out.push_back(Mysql::query(fmt::format("DROP TABLE IF EXISTS {}", table)));
  out.push_back(Mysql::query(fmt::format("CREATE TABLE {} ({})", table, columns)));
  for (std::uint64_t key = 0; key < count;) {
    std::string text = fmt::format("INSERT INTO {} VALUES ", table);
    for (std::size_t i = 0; i < kRowsAtOnce && key < count; ++i, ++key) {
      text += (i == 0 ? "" : ", ") + row(key);
    }
    out.push_back(Mysql::query(text));
  }
}

std::string ycsb_row(std::uint64_t number, Random& random) {
  std::string out = fmt::format("('{}'", ycsb::key(number));
  for (std::size_t i = 0; i < ycsb::kFields; ++i) {
    out += fmt::format(", '{}'", ycsb::field_text(random));
  }
  return out + ")";
}

}  // namespace

std::unique_ptr<Dialect> make_mysql(const Plan& plan, std::size_t connection) {
  std::vector<Bytes> setup;
  if (ycsb::is_wanted(plan.mix)) {
    setup = ycsb_statements();
  } else if (contains(plan.mix, "get_prepared")) {
    setup.push_back(Mysql::prepare("SELECT n, c FROM test.bench WHERE id = ?"));
  }
  return std::make_unique<Mysql>(plan, connection, std::move(setup));
}

// The table, and its rows.
std::unique_ptr<Dialect> prepare_mysql(const Plan& plan, std::size_t connection) {
  std::vector<Bytes> setup;
  if (ycsb::is_wanted(plan.mix)) {
    std::string columns = "ycsb_key VARCHAR(255) COLLATE utf8mb4_bin PRIMARY KEY";
    for (std::size_t i = 0; i < ycsb::kFields; ++i) {
      columns += fmt::format(", {} TEXT", ycsb::field_name(i));
    }
    Random random(1);
    fill(setup, "test.ycsb", columns, plan.key_space,
         [&](std::uint64_t number) { return ycsb_row(number, random); });
  } else if (plan.mix.size() > 1 || !contains(plan.mix, "select_1")) {
    fill(setup, "test.bench", "id BIGINT PRIMARY KEY, n INT NOT NULL, c VARCHAR(200) NOT NULL",
         plan.key_space,
         [](std::uint64_t key) { return fmt::format("({}, 0, '{:x<150}')", key, ""); });
  }
  return std::make_unique<Mysql>(plan, connection, std::move(setup));
}

}  // namespace octavo::load
