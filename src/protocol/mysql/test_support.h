#pragma once

// The protocol served with the scripted language, and a client that knows packets only.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rsa_key.h"
#include "protocol/common/test_support.h"
#include "protocol/mysql/frames.h"
#include "protocol/mysql/packet.h"
#include "protocol/mysql/password_digest.h"
#include "protocol/mysql/payload.h"
#include "protocol/mysql/protocol.h"
#include "protocol/mysql/scripted_language.h"

namespace octavo::mysql {

inline constexpr Capabilities kUsual = capability::kProtocol41 | capability::kSecureConnection |
                                       capability::kPluginAuth | capability::kMultiStatements |
                                       capability::kMultiResults | capability::kLocalFiles |
                                       capability::kDeprecateEof;
inline constexpr std::string_view kCachingSha2 = "caching_sha2_password";

// Of the reply to one command.
using Row = std::vector<std::optional<std::string>>;
struct ResultSet {
  std::vector<std::string> definitions;
  std::vector<std::string> packets;  // of rows
  std::string ending;                // EOF, OK, or an error
};

inline Row text_row(BytesView packet) {
  Row out;
  while (!packet.empty()) {
    if (packet.front() == kNullCell) {
      out.emplace_back();
      packet.remove_prefix(1);
      continue;
    }
    PayloadReader reader(packet);
    const auto cell = reader.text();
    if (!cell) return {};
    out.emplace_back(*cell);
    packet = reader.rest();
  }
  return out;
}

struct Said {
  Capabilities capabilities = kUsual;
  std::string user = "admin";
  std::string password = {};
  std::string database = {};
  std::string plugin = std::string(kCachingSha2);
  std::uint8_t collation = 45;
};

class Client {
 public:
  explicit Client(std::unique_ptr<protocol::TestClient> stream) : stream_(std::move(stream)) {
    greeting_ = read();
    if (!greeting_.starts_with('\x0a')) return;
    PayloadReader reader(BytesView(greeting_).substr(1));
    if (!reader.zero_ended()) return;  // the version
    thread_id_ = reader.integer<std::uint32_t>().value_or(0);
    scramble_ = reader.bytes(8).value_or(BytesView());
    constexpr std::size_t kToSecondHalf = 1 + 2 + 1 + 2 + 2 + 1 + 10;
    if (!reader.bytes(kToSecondHalf)) return;
    scramble_ += reader.zero_ended().value_or(BytesView());
  }

  const Bytes& greeting() const { return greeting_; }
  std::uint32_t thread_id() const { return thread_id_; }
  const Bytes& scramble() const { return scramble_; }
  protocol::TestClient& stream() { return *stream_; }
  std::uint8_t next_number() const { return sequence_.next; }

  // The next packet; empty: the end. What has a wrong number fails the test.
  Bytes read() {
    for (;;) {
      BytesView input = BytesView(pending_).substr(taken_);
      const auto packet = reader_.next(input, sequence_);
      Bytes payload(packet.payload);
      EXPECT_NE(packet.state, PacketReader::State::out_of_order);
      taken_ = pending_.size() - input.size();
      if (packet.state == PacketReader::State::whole) return payload;
      if (packet.state == PacketReader::State::out_of_order || !receive()) return {};
    }
  }
  // Goes on with the numbers.
  void put(BytesView payload) {
    Bytes out;
    PacketWriter(out, sequence_).put(payload);
    send(out);
  }
  // The numbers begin again, of frames behind those that were sent by hand.
  void begin_command(std::uint8_t frames = 0) {
    sequence_ = {};
    frame_sequence_ = {frames};
  }
  void put_command(BytesView payload) {
    begin_command();
    put(payload);
  }
  Bytes ask(BytesView payload) {
    put_command(payload);
    return read();
  }
  Bytes query(std::string_view text) { return ask("\x03" + std::string(text)); }

  // The rest of a result set whose first packet was read.
  ResultSet result_set(BytesView first) {
    ResultSet out;
    const auto count = PayloadReader(first).length();
    for (std::uint64_t i = 0; i < count.value_or(0); ++i) out.definitions.push_back(read());
    const bool has_eof = (said_.capabilities & capability::kDeprecateEof) == 0;
    if (has_eof) EXPECT_TRUE(read().starts_with('\xfe'));
    for (;;) {
      Bytes packet = read();
      const bool is_end = packet.empty() || packet.front() == '\xff' ||
                          (packet.front() == '\xfe' && packet.size() < kMaxFrameBytes);
      if (is_end) {
        out.ending = std::move(packet);
        return out;
      }
      out.packets.push_back(std::move(packet));
    }
  }
  std::vector<Row> rows(std::string_view text) {
    std::vector<Row> out;
    for (const std::string& packet : result_set(query(text)).packets) {
      out.push_back(text_row(packet));
    }
    return out;
  }

  // The client's half of the dialogue; returns what ends it.
  Bytes log_in(Said said) {
    said_ = std::move(said);
    if ((said_.capabilities & capability::kTls) != 0) {
      put(response().substr(0, 32));
      EXPECT_TRUE(stream_->start_tls(*tls_));
    }
    put(response());
    return go_on();
  }
  // What the server asks is answered, up to OK or an error.
  Bytes go_on() {
    for (;;) {
      const Bytes packet = read();
      if (packet == "\x01\x03") continue;  // the digest was enough
      if (packet.starts_with('\xfe')) {
        PayloadReader reader(BytesView(packet).substr(1));
        EXPECT_EQ(reader.zero_ended(), kCachingSha2);
        scramble_ = reader.rest().substr(0, kScrambleBytes);
        put(digest());
      } else if (packet == "\x01\x04") {
        if ((said_.capabilities & capability::kTls) != 0) {
          put(said_.password + '\0');
          continue;
        }
        put("\x02");
        const Bytes key = read();
        EXPECT_TRUE(key.starts_with('\x01'));
        const Bytes mixed = exclusive_or(said_.password + '\0', scramble_);
        put(RsaKey::encrypt_oaep(BytesView(key).substr(1), mixed).value_or(Bytes()));
      } else {
        return packet;
      }
    }
  }
  void trust(const io::TlsContext& context) { tls_ = &context; }
  void set_said(Said said) { said_ = std::move(said); }

  Bytes response() const {
    const Capabilities flags =
        said_.capabilities | (said_.database.empty() ? 0 : capability::kConnectWithDatabase);
    Bytes out;
    put_le(out, flags);
    put_le(out, std::uint32_t{1} << 24U);
    out.push_back(static_cast<char>(said_.collation));
    out.append(23, '\0');
    put_zero_ended(out, said_.user);
    put_text(out, digest());
    if ((flags & capability::kConnectWithDatabase) != 0) put_zero_ended(out, said_.database);
    if ((flags & capability::kPluginAuth) != 0) put_zero_ended(out, said_.plugin);
    if ((flags & capability::kAttributes) != 0) put_text(out, "\x05_name\x04test");
    if ((flags & capability::kZstd) != 0) out.push_back('\x03');
    return out;
  }
  // After OK; the packets that follow are in frames.
  void compress() {
    const FrameCoding& coding = *find_coding(said_.capabilities);
    frames_.emplace(coding);
    writer_.emplace(coding, 0);
  }

 private:
  Bytes digest() const {
    return said_.password.empty() ? Bytes() : sha2_answer(said_.password, scramble_);
  }

  void send(BytesView packets) {
    if (!writer_) return stream_->send(std::string(packets));
    Bytes out;
    writer_->write(packets, frame_sequence_, out);
    stream_->send(out);
  }
  // More of the packets; false: the end, or frames that are none.
  bool receive() {
    pending_.erase(0, std::exchange(taken_, 0));
    Bytes more = stream_->some();
    if (more.empty()) return false;
    if (!frames_) {
      pending_ += more;
      return true;
    }
    packed_ += more;
    BytesView input = packed_;
    FrameReader::State state = FrameReader::State::whole;
    while (state == FrameReader::State::whole) {
      state = frames_->next(input, frame_sequence_, pending_);
    }
    packed_.erase(0, packed_.size() - input.size());
    EXPECT_EQ(state, FrameReader::State::more);
    return state == FrameReader::State::more;
  }

  const std::unique_ptr<protocol::TestClient> stream_;
  PacketReader reader_{256 * kMiB};
  Sequence sequence_;
  Sequence frame_sequence_;
  std::optional<FrameReader> frames_;
  std::optional<FrameWriter> writer_;
  Bytes packed_;   // the front of a frame
  Bytes pending_;  // packets that have come
  std::size_t taken_ = 0;
  Bytes greeting_;
  std::uint32_t thread_id_ = 0;
  Bytes scramble_;
  Said said_;
  const io::TlsContext* tls_ = nullptr;
};

inline Result<std::unique_ptr<protocol::Service>> make_scripted(
    const protocol::ServiceContext& context, const protocol::Settings& settings) {
  return make_service(context, settings, &make_scripted_language);
}

inline constexpr protocol::Protocol kScripted{
    .name = "mysql", .ports = kPorts, .settings = kOwnSettings, .make = &make_scripted};

// Logged in without a word of the answer.
constexpr std::string_view kOk("\x00\x00\x00\x02\x00\x00\x00", 7);

class Served : public protocol::ServedTest {
 protected:
  static constexpr const protocol::Protocol* kRows[] = {&kScripted};

  Served() : ServedTest(kRows) {}

  void begin(std::map<std::string, std::string> given = {}) {
    given.emplace("mysql-port", "0");
    serve(given);
  }
  void begin_with_tls(std::map<std::string, std::string> given = {}) {
    given.emplace("mysql-port", "0");
    serve_with_tls(std::move(given));
  }
  std::unique_ptr<Client> connect() {
    auto client = std::make_unique<Client>(ServedTest::connect("mysql"));
    client->trust(*certificate().client);
    return client;
  }
  std::unique_ptr<Client> log_in(Said said = {}) {
    auto client = connect();
    EXPECT_TRUE(client->log_in(std::move(said)).starts_with('\0'));
    return client;
  }
  Said ada() const { return {.user = "ada", .password = std::string(kPassword)}; }
};

// The number and the text of an error.
inline std::pair<unsigned, std::string> error_of(BytesView packet) {
  constexpr std::size_t kHead = 1 + 2 + 1 + 5;
  if (packet.size() < kHead || packet.front() != '\xff') return {0, std::string(packet)};
  return {load_le<std::uint16_t>(packet.data() + 1), std::string(packet.substr(kHead))};
}
inline unsigned number_of(BytesView packet) { return error_of(packet).first; }

}  // namespace octavo::mysql
