// Logins packet by packet.

#include "protocol/mysql/handshake.h"

#include <gtest/gtest.h>

#include "protocol/mysql/password_digest.h"
#include "protocol/mysql/payload.h"

namespace octavo::mysql {
namespace {

using namespace std::string_literals;
using Kind = Handshake::Step::Kind;
using Checked = Handshake::Checked;

constexpr Capabilities kUsual =
    capability::kProtocol41 | capability::kSecureConnection | capability::kPluginAuth;

HandshakeContext context(bool secure = false) {
  HandshakeContext out;
  out.thread_id = 7;
  out.host = "host";
  out.offered = offered_capabilities(true);
  out.secure = secure;
  out.has_no_password = [](const std::string& user) { return user == "open"; };
  return out;
}

Bytes response(std::string_view user, BytesView answer, std::string_view plugin,
               Capabilities said = kUsual) {
  Bytes out;
  put_le(out, said);
  put_le(out, std::uint32_t{1} << 24U);
  out.push_back('\x2d');
  out.append(23, '\0');
  put_zero_ended(out, user);
  out.push_back(static_cast<char>(answer.size()));
  out.append(answer);
  if ((said & capability::kPluginAuth) != 0) put_zero_ended(out, plugin);
  return out;
}

TEST(Handshake, GreetsAsVersion10) {
  const Handshake handshake(context());
  const Bytes greeting = handshake.greeting();
  EXPECT_TRUE(
      greeting.starts_with("\x0a"s + std::string(kServerVersion) + "\x00\x07\x00\x00\x00"s));
  EXPECT_TRUE(
      greeting.ends_with("\x00"
                         "caching_sha2_password\x00"s));
  for (const char byte : handshake.scramble()) EXPECT_TRUE(byte > 0 && byte != '$');
}

TEST(Handshake, ADigestThatIsKnownIsEnough) {
  Handshake handshake(context());
  const Bytes answer = sha2_answer("sesame", handshake.scramble());
  EXPECT_EQ(handshake.on_packet(response("ada", answer, kUsualPlugin)).kind, Kind::check);
  EXPECT_EQ(handshake.proof().kind, Proof::Kind::cached);
  EXPECT_TRUE(sha2_fits(sha2_verifier("sesame"), handshake.scramble(), handshake.proof().data));
  EXPECT_FALSE(sha2_fits(sha2_verifier("other"), handshake.scramble(), handshake.proof().data));
  const auto done = handshake.on_checked(Checked::right);
  EXPECT_EQ(done.kind, Kind::done);
  EXPECT_EQ(done.send, "\x01\x03");
}

TEST(Handshake, AnUnknownOneIsAskedForItsPassword) {
  Handshake secure(context(true));
  EXPECT_EQ(secure.on_packet(response("ada", Bytes(32, 'x'), kUsualPlugin)).kind, Kind::check);
  EXPECT_EQ(secure.on_checked(Checked::unknown).send, "\x01\x04");
  EXPECT_EQ(secure.on_packet("sesame\0"s).kind, Kind::check);
  EXPECT_EQ(secure.proof().kind, Proof::Kind::password);
  EXPECT_EQ(secure.proof().data, "sesame");
  EXPECT_EQ(secure.on_checked(Checked::wrong).error.what,
            "Access denied for user 'ada'@'host' (using password: YES)");

  Handshake plain(context());
  EXPECT_EQ(plain.on_packet(response("ada", Bytes(32, 'x'), kUsualPlugin)).kind, Kind::check);
  EXPECT_EQ(plain.on_checked(Checked::unknown).kind, Kind::read);
  EXPECT_EQ(plain.on_packet("\x02").kind, Kind::send_key);
  EXPECT_EQ(plain.on_key("PEM").send, "\x01PEM");
  EXPECT_EQ(plain.on_packet(Bytes(256, 'e')).kind, Kind::check);
  EXPECT_EQ(plain.proof().kind, Proof::Kind::hidden);
}

TEST(Handshake, APasswordIsNeverTakenInClear) {
  Handshake handshake(context());
  const auto step = handshake.on_packet(response("ada", "sesame\0"s, "mysql_clear_password"));
  EXPECT_EQ(step.kind, Kind::read);
  EXPECT_TRUE(
      step.send.starts_with("\xfe"
                            "caching_sha2_password\x00"s));
}

TEST(Handshake, TheOldPluginIsForUsersWithoutAPassword) {
  const std::pair<const char*, Bytes> asked[] = {
      {"ada", Bytes(20, 'x')}, {"nobody", Bytes(20, 'x')}, {"open", Bytes(20, 'x')}, {"ada", ""}};
  for (const auto& [user, answer] : asked) {
    Handshake handshake(context());
    const Bytes before(handshake.scramble());
    const auto step = handshake.on_packet(response(user, answer, kOldestPlugin));
    EXPECT_TRUE(
        step.send.starts_with("\xfe"
                              "caching_sha2_password\x00"s));
    EXPECT_NE(handshake.scramble(), before);
    EXPECT_EQ(handshake.on_packet(Bytes(32, 'y')).kind, Kind::check);
  }
  Handshake handshake(context());
  EXPECT_EQ(handshake.on_packet(response("open", "", kOldestPlugin)).kind, Kind::check);
  EXPECT_EQ(handshake.proof().data, "");
}

TEST(Handshake, AnotherUserIsAskedWithAnotherScramble) {
  const Bytes answer(32, 'x');
  ClientResponse before;
  before.capabilities = kUsual;
  before.collation = 45;
  const Bytes packet = "bob\x00\x20"s + answer + "shop\0\xff\0caching_sha2_password\0"s;
  Handshake handshake(context());
  EXPECT_EQ(handshake.change_user(packet, before).send.front(), '\xfe');
  EXPECT_EQ(handshake.client().user, "bob");
  EXPECT_EQ(handshake.client().database, "shop");
  EXPECT_EQ(handshake.client().collation, 255);
  EXPECT_EQ(handshake.on_packet(sha2_answer("sesame", handshake.scramble())).kind, Kind::check);
  EXPECT_TRUE(sha2_fits(sha2_verifier("sesame"), handshake.scramble(), handshake.proof().data));

  // A client that cannot be asked comes in where no password is needed.
  before.capabilities = capability::kProtocol41 | capability::kSecureConnection;
  Handshake old(context());
  EXPECT_EQ(old.change_user("bob\x00\x00\x00"s, before).kind, Kind::check);
  EXPECT_EQ(old.proof().data, "");
  Handshake refused(context());
  EXPECT_EQ(refused.change_user("bob\x00\x01x\x00"s, before).error.number, 1251);
  Handshake cut(context());
  EXPECT_EQ(cut.change_user("bob", before).error.number, 1047);
}

TEST(Handshake, NoPasswordIsSaidInTwoWays) {
  for (const Bytes& answer : {""s, "\0"s}) {
    Handshake handshake(context());
    EXPECT_EQ(handshake.on_packet(response("ada", answer, kUsualPlugin)).kind, Kind::check);
    EXPECT_EQ(handshake.proof().data, "");
    EXPECT_EQ(handshake.on_checked(Checked::wrong).error.what,
              "Access denied for user 'ada'@'host' (using password: NO)");
  }
}

TEST(Handshake, TlsBeginsByHalfAResponse) {
  HandshakeContext strict = context();
  strict.requires_secure = true;
  Handshake handshake(strict);
  const Bytes whole = response("ada", "", kUsualPlugin, kUsual | capability::kTls);
  EXPECT_EQ(handshake.on_packet(BytesView(whole).substr(0, 32)).kind, Kind::start_tls);
  EXPECT_EQ(handshake.on_packet(whole).kind, Kind::check);
  Handshake plain(strict);
  EXPECT_EQ(plain.on_packet(response("ada", "", kUsualPlugin)).error.number, 3159);
}

TEST(Handshake, WhatIsMalformedIsRefused) {
  const Bytes whole = response("ada", Bytes(32, 'x'), kUsualPlugin);
  for (std::size_t cut = 0; cut < 36 + 33; ++cut) {
    Handshake handshake(context());
    EXPECT_EQ(handshake.on_packet(BytesView(whole).substr(0, cut)).error.number, 1043) << cut;
  }
  Handshake handshake(context());
  EXPECT_EQ(handshake.on_packet(response("ada", "", "", 0)).error.number, 1043);
  Handshake without(context());
  const Capabilities said = capability::kProtocol41 | capability::kSecureConnection;
  EXPECT_EQ(without.on_packet(response("ada", Bytes(20, 'x'), "", said)).error.number, 1251);
}

}  // namespace
}  // namespace octavo::mysql
