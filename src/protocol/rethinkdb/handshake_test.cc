#include "protocol/rethinkdb/handshake.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/base64.h"
#include "catalog/scram.h"

namespace octavo::rethinkdb {
namespace {

using State = Handshake::State;
using namespace std::string_literals;

const std::string kMagicV03 = "\x3e\xe8\x75\x5f";
const std::string kMagicV04 = "\x20\x2d\x0c\x40";
const std::string kMagicV10 = "\xc3\xbd\xc2\x34";
const std::string kJson = "\xc7\x70\x69\x7e";
const std::string kProtobuf = "\x41\xfc\x1f\x27";

const std::string kGreeting = R"({"max_protocol_version":0,"min_protocol_version":0,)"
                              R"("server_version":"2.4.4-octavo","success":true})"
                              "\0"s;

// Computed with Python's hashlib: user `user`, password `pencil`, salt and server nonce the bytes
// 0, 1, 2, …, client nonce of RFC 7677.
const std::string kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const std::string kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqOAAECAwQFBgcICQoLDA0ODxAR,s=AAECAwQFBgcICQoLDA0ODw==,i=4096";
const std::string kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqOAAECAwQFBgcICQoLDA0ODxAR,"
    "p=13MiAzkKvCMNyaQ5bUF/2scASJXDP0fzVNz3wWeeFOg=";
const std::string kServerFinal = "v=bu9wq5Q/vt7oYxujXRD01hYIPwQ8uMFH/fuKZnJp+f4=";

Bytes counting(std::size_t size) {
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(i));
  return out;
}

std::string fixed_nonce() { return base64_encode(counting(18)); }

catalog::Credentials find_user(const std::string& user) {
  if (user == "admin") return catalog::make_credentials("secret");
  if (user != "user" && user != "a,b=c") return catalog::made_up_credentials("secret", user, 4096);
  catalog::Credentials out;
  out.salt = counting(16);
  out.iterations = 4096;
  out.stored_key = *base64_decode("zHCdol2044/ZyWzPLi7oxApCkamKw9Z+E4U/QApd/5Y=");
  out.server_key = *base64_decode("dd5peBOitVnLNFu7VmwP+HiDaaw4OUCv396eVCWhYiE=");
  out.empty_password = false;
  return out;
}

std::string first_message(std::string_view authentication) {
  return R"({"protocol_version":0,"authentication_method":"SCRAM-SHA-256","authentication":")" +
         std::string(authentication) + "\"}\0"s;
}
std::string message(std::string_view authentication) {
  return R"({"authentication":")" + std::string(authentication) + "\"}\0"s;
}
std::string answer(std::string_view authentication) {
  return R"({"authentication":")" + std::string(authentication) + "\",\"success\":true}\0"s;
}
std::string failure(std::string_view text, int code) {
  return R"({"error":")" + std::string(text) + R"(","error_code":)" + std::to_string(code) +
         ",\"success\":false}\0"s;
}
std::string v0_message(const std::string& magic, std::string_view key,
                       const std::string& protocol) {
  std::string out = magic + std::string(4, '\0') + std::string(key) + protocol;
  store_le(out.data() + 4, static_cast<std::uint32_t>(key.size()));
  return out;
}

struct Dialogue {
  Handshake handshake{find_user, fixed_nonce};
  Bytes output;
  std::size_t used = 0;

  State send(BytesView input) {
    used = handshake.feed(input, output);
    if (handshake.state() == State::check) handshake.finish(handshake.password_fits(), output);
    return handshake.state();
  }
};

// The server's answer to a whole V1_0 input, without the greeting.
std::string answer_to(const std::string& input) {
  Dialogue dialogue;
  dialogue.send(kMagicV10 + input);
  EXPECT_TRUE(dialogue.output.starts_with(kGreeting));
  return dialogue.output.substr(std::min(kGreeting.size(), dialogue.output.size()));
}

TEST(Handshake, V1GreetsBeforeTheFirstMessage) {
  Dialogue dialogue;
  EXPECT_EQ(dialogue.send(kMagicV10), State::more);
  EXPECT_EQ(dialogue.used, 4U);
  EXPECT_EQ(dialogue.output, kGreeting);
}

TEST(Handshake, V1GoldenExchange) {
  Dialogue dialogue;
  EXPECT_EQ(dialogue.send(kMagicV10 + first_message(kClientFirst)), State::more);
  EXPECT_EQ(dialogue.output, kGreeting + answer(kServerFirst));
  dialogue.output.clear();
  EXPECT_EQ(dialogue.send(message(kClientFinal)), State::done);
  EXPECT_EQ(dialogue.output, answer(kServerFinal));
  EXPECT_EQ(dialogue.handshake.version(), ProtocolVersion::v1_0);
  EXPECT_EQ(dialogue.handshake.user(), "user");
}

TEST(Handshake, V1WhateverTheInputIsCutInto) {
  const std::string input = kMagicV10 + first_message(kClientFirst) + message(kClientFinal);
  for (std::size_t piece = 1; piece < input.size(); ++piece) {
    Dialogue dialogue;
    std::string pending;
    for (std::size_t at = 0; at < input.size(); at += piece) {
      pending += input.substr(at, piece);
      dialogue.send(pending);
      pending.erase(0, dialogue.used);
    }
    EXPECT_EQ(dialogue.handshake.state(), State::done) << piece;
    EXPECT_EQ(dialogue.output, kGreeting + answer(kServerFirst) + answer(kServerFinal)) << piece;
  }
}

// What follows the handshake is a query's frame.
TEST(Handshake, LeavesWhatFollows) {
  Dialogue dialogue;
  const std::string input = kMagicV10 + first_message(kClientFirst) + message(kClientFinal);
  EXPECT_EQ(dialogue.send(input + "frame"), State::done);
  EXPECT_EQ(dialogue.used, input.size());
}

TEST(Handshake, V1WrongPassword) {
  const std::string wrong =
      "c=biws,r=rOprNGfwEbeRWgbNEkqOAAECAwQFBgcICQoLDA0ODxAR,"
      "p=AAAiAzkKvCMNyaQ5bUF/2scASJXDP0fzVNz3wWeeFOg=";
  EXPECT_EQ(answer_to(first_message(kClientFirst) + message(wrong)),
            answer(kServerFirst) + failure("Wrong password", 12));
  const std::string no_base64 = "c=biws,r=rOprNGfwEbeRWgbNEkqOAAECAwQFBgcICQoLDA0ODxAR,p=%%%";
  EXPECT_EQ(answer_to(first_message(kClientFirst) + message(no_base64)),
            answer(kServerFirst) + failure("Wrong password", 12));
}

// Who exists is not given away: the salt is always the same, and the end is that of a wrong
// password.
TEST(Handshake, V1UnknownUser) {
  const std::string salt = base64_encode(find_user("nobody").salt);
  const std::string server_first = "r=abcAAECAwQFBgcICQoLDA0ODxAR,s=" + salt + ",i=4096";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(answer_to(first_message("n,,n=nobody,r=abc") +
                        message("c=biws,r=abcAAECAwQFBgcICQoLDA0ODxAR,p=AAAA")),
              answer(server_first) + failure("Wrong password", 12));
  }
}

TEST(Handshake, StopsInFrontOfThePassword) {
  Handshake v1(find_user, fixed_nonce);
  Bytes output;
  const std::string input = kMagicV10 + first_message(kClientFirst) + message(kClientFinal);
  EXPECT_EQ(v1.feed(input + "frame", output), input.size());
  EXPECT_EQ(v1.state(), State::check);
  EXPECT_EQ(output, kGreeting + answer(kServerFirst));
  EXPECT_EQ(v1.credentials(), find_user("user"));
  EXPECT_FALSE(v1.needs_hash());
  output.clear();
  v1.refuse("Not now.", output);
  EXPECT_EQ(v1.state(), State::failed);
  EXPECT_EQ(output, failure("Not now.", 20));

  Handshake v0(find_user, fixed_nonce);
  output.clear();
  v0.feed(v0_message(kMagicV04, "secret", kJson), output);
  EXPECT_EQ(v0.state(), State::check);
  EXPECT_TRUE(output.empty());
  EXPECT_TRUE(v0.needs_hash());
  v0.refuse("Not now.", output);
  EXPECT_EQ(v0.state(), State::failed);
  EXPECT_EQ(output, "ERROR: Not now.\n\0"s);
}

TEST(Handshake, V1WrongNonce) {
  EXPECT_EQ(answer_to(first_message(kClientFirst) + message("c=biws,r=other,p=AAAA")),
            answer(kServerFirst) + failure("Invalid nonce", 20));
}

TEST(Handshake, V1UserNamesMayHoldCommasAndEqualsSigns) {
  Dialogue dialogue;
  EXPECT_EQ(dialogue.send(kMagicV10 + first_message("n,,n=a=2Cb=3Dc,r=x")), State::more);
  EXPECT_EQ(dialogue.handshake.user(), "a,b=c");
}

TEST(Handshake, V1FirstMessageIsChecked) {
  const auto json = [](std::string_view text) { return std::string(text) + "\0"s; };
  EXPECT_EQ(answer_to(json("{")), failure("Invalid JSON object.", 8));
  EXPECT_EQ(answer_to(json("[]")), failure("Invalid JSON object.", 8));
  EXPECT_EQ(answer_to(json("")), failure("Invalid JSON object.", 8));
  EXPECT_EQ(answer_to(json("{}")), failure("Expected a number for `protocol_version`.", 1));
  EXPECT_EQ(answer_to(json(R"({"protocol_version":"0"})")),
            failure("Expected a number for `protocol_version`.", 1));
  EXPECT_EQ(answer_to(json(R"({"protocol_version":1})")),
            failure("Unsupported `protocol_version`.", 2));
  EXPECT_EQ(answer_to(json(R"({"protocol_version":0})")),
            failure("Expected a string for `authentication_method`.", 3));
  EXPECT_EQ(answer_to(json(R"({"protocol_version":0,"authentication_method":"PLAIN"})")),
            failure("Unsupported `authentication_method`.", 4));
  EXPECT_EQ(answer_to(json(R"({"protocol_version":0,"authentication_method":"SCRAM-SHA-256"})")),
            failure("Expected a string for `authentication`.", 5));
}

TEST(Handshake, V1AttributesAreChecked) {
  const auto first = [](std::string_view text) { return answer_to(first_message(text)); };
  EXPECT_EQ(first("y,,n=u,r=x"), failure("Channel binding is not supported", 15));
  EXPECT_EQ(first("p=tls-unique,,n=u,r=x"), failure("Channel binding is not supported", 15));
  EXPECT_EQ(first("x,,n=u,r=x"), failure("Invalid encoding", 10));
  EXPECT_EQ(first("n,"), failure("Invalid encoding", 10));
  EXPECT_EQ(first("n,,n=u"), failure("Invalid encoding", 10));
  EXPECT_EQ(first("n,,n=u,r=x,r=y"), failure("Invalid encoding", 10));
  EXPECT_EQ(first("n,,n=u,r=x,z=1"), failure("Invalid encoding", 10));
  EXPECT_EQ(first("n,,m=1,n=u,r=x"), failure("Extensions not supported", 11));
  EXPECT_EQ(first("n,,n=,r=x"), failure("Empty username", 18));
  EXPECT_EQ(first("n,,n=a=2,r=x"), failure("Invalid username encoding", 18));
  const auto proof = [](std::string_view text) {
    return answer_to(first_message(kClientFirst) + message(text));
  };
  const std::string asked = answer(kServerFirst);
  EXPECT_EQ(proof("c=biws"), asked + failure("Invalid encoding", 10));
  EXPECT_EQ(proof("c=eSws,r=x,p=AA"), asked + failure("Channel binding is not supported", 15));
  // Another header than the client's first message has.
  EXPECT_EQ(proof("c=bixhPW90aGVyLA==,r=x,p=AA"),
            asked + failure("Channel binding is not supported", 15));
  EXPECT_EQ(proof("c=biws,r=x,p=AA,q=1"), asked + failure("Invalid encoding", 10));
}

TEST(Handshake, V1MessagesAreLimited) {
  EXPECT_EQ(answer_to(std::string(2047, ' ')), "");
  EXPECT_EQ(answer_to(std::string(2048, ' ')), failure("Limited read buffer size.", 7));
  EXPECT_EQ(answer_to(std::string(2047, ' ') + "\0"s), failure("Invalid JSON object.", 8));
}

TEST(Handshake, V0TakesTheAdministratorsPassword) {
  for (const std::string& magic : {kMagicV03, kMagicV04}) {
    Dialogue dialogue;
    EXPECT_EQ(dialogue.send(v0_message(magic, "secret", kJson)), State::done);
    EXPECT_EQ(dialogue.output, "SUCCESS\0"s);
    EXPECT_EQ(dialogue.handshake.user(), "admin");
    EXPECT_EQ(dialogue.handshake.version(),
              magic == kMagicV03 ? ProtocolVersion::v0_3 : ProtocolVersion::v0_4);
  }
}

TEST(Handshake, V0Errors) {
  const auto error = [](const std::string& input) {
    Dialogue dialogue;
    EXPECT_EQ(dialogue.send(input), State::failed);
    return dialogue.output;
  };
  EXPECT_EQ(error(v0_message(kMagicV04, "", kJson)), "ERROR: Incorrect authorization key.\n\0"s);
  EXPECT_EQ(error(v0_message(kMagicV04, "secret", kProtobuf)),
            "ERROR: The PROTOBUF client protocol is no longer supported\n\0"s);
  EXPECT_EQ(error(v0_message(kMagicV04, "secret", "\xff\xff\xff\xff")),
            "ERROR: Unrecognized protocol specified: '-1'\n\0"s);
  EXPECT_EQ(error(kMagicV03 + "\x01\x08\0\0"s),  // 2049
            "ERROR: Client provided an authorization key that is too long.\n\0"s);
  EXPECT_EQ(error("\x36\xba\x61\x3f"),
            "ERROR: The PROTOBUF client protocol is no longer supported\n\0"s);
  EXPECT_EQ(error("GET "),
            "ERROR: Received an unsupported protocol version. This port is for RethinkDB queries. "
            "Does your client driver version not match the server?\n\0"s);
}

TEST(Handshake, V0WaitsForTheWholeKey) {
  const std::string input = v0_message(kMagicV04, "secret", kJson);
  Dialogue dialogue;
  std::string pending;
  for (const char byte : input) {
    EXPECT_EQ(dialogue.handshake.state(), State::more);
    pending.push_back(byte);
    dialogue.send(pending);
    pending.erase(0, dialogue.used);
  }
  EXPECT_EQ(dialogue.handshake.state(), State::done);
}

}  // namespace
}  // namespace octavo::rethinkdb
