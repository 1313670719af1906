#include <cstdlib>

#include <gtest/gtest.h>

#include "server/access_control.hpp"
#include "server/access_policy.hpp"
#include "server/server_options.hpp"
#include "server/startup_error.hpp"
#include "temporary_folder.hpp"

namespace skein {
namespace {

using Headers = arrow::flight::CallHeaders;

constexpr const char *LOCAL = "ipv6:%5B::1%5D:4000";
constexpr const char *REMOTE = "ipv4:192.0.2.7:4000";

std::string LoadError(const ServerOptions &options) {
	try {
		AccessToken::Load(options);
	} catch (const StartupError &error) {
		return error.what();
	}
	return "";
}

bool Contains(const std::string &text, const std::string &part) {
	return text.find(part) != std::string::npos;
}

TEST(AccessToken, MatchesItselfOnly) {
	AccessToken token("s3cret", "test");
	EXPECT_TRUE(token.Matches("s3cret"));
	for (auto other : {"", "s3cre", "s3cret ", "s3crets", "S3cret", "s3creT"}) {
		EXPECT_FALSE(token.Matches(other)) << other;
	}
}

TEST(AccessToken, ComesFromAFile) {
	TemporaryFolder folder;
	ServerOptions options;
	for (auto content : {"s3cret", "s3cret\n", "s3cret\r\n"}) {
		options.token_file = folder.Write("token", content);
		auto token = AccessToken::Load(options);
		ASSERT_TRUE(token);
		EXPECT_TRUE(token->Matches("s3cret"));
	}
}

TEST(AccessToken, FilesThatWillNotDoAreNamed) {
	TemporaryFolder folder;
	ServerOptions options;
	options.token_file = folder.path + "/absent";
	EXPECT_TRUE(Contains(LoadError(options), "--token-file")) << LoadError(options);
	EXPECT_TRUE(Contains(LoadError(options), "No such file")) << LoadError(options);
	options.token_file = folder.path;
	EXPECT_TRUE(Contains(LoadError(options), "is a folder")) << LoadError(options);
	for (auto content : {"", "\n", "two words", "two\nlines", "t\xC3\xB6ken"}) {
		options.token_file = folder.Write("token", content);
		EXPECT_TRUE(Contains(LoadError(options), options.token_file)) << content;
		EXPECT_FALSE(Contains(LoadError(options), "words")) << "the error shows the token";
	}
	options.token_file = folder.Write("token", std::string(5000, 'x'));
	EXPECT_TRUE(Contains(LoadError(options), "4096")) << LoadError(options);
	options.token_file = folder.Write("open", "s3cret", 0644);
	EXPECT_TRUE(Contains(LoadError(options), "chmod 600")) << LoadError(options);
	options.token_file = folder.Write("group", "s3cret", 0640);
	EXPECT_EQ(LoadError(options), "");
}

TEST(AccessToken, ComesFromTheEnvironmentAndLeavesIt) {
	setenv("SKEIN_TOKEN", "s3cret", 1);
	auto token = AccessToken::Load(ServerOptions());
	ASSERT_TRUE(token);
	EXPECT_TRUE(token->Matches("s3cret"));
	EXPECT_EQ(getenv("SKEIN_TOKEN"), nullptr);
	EXPECT_FALSE(AccessToken::Load(ServerOptions()));
	setenv("SKEIN_TOKEN", "", 1);
	EXPECT_TRUE(Contains(LoadError(ServerOptions()), "SKEIN_TOKEN"));
	unsetenv("SKEIN_TOKEN");
}

TEST(AccessToken, TwoSourcesAreOneTooMany) {
	TemporaryFolder folder;
	ServerOptions options;
	options.token_file = folder.Write("token", "s3cret");
	setenv("SKEIN_TOKEN", "s3cret", 1);
	EXPECT_TRUE(Contains(LoadError(options), "only one"));
	unsetenv("SKEIN_TOKEN");
}

TEST(AccessPolicy, ProtectedModeServesThisMachine) {
	AccessPolicy policy(std::nullopt, false);
	EXPECT_EQ(policy.Mode(), AccessMode::PROTECTED);
	EXPECT_FALSE(policy.Refusal(LOCAL, {}));
	auto refusal = policy.Refusal(REMOTE, {});
	ASSERT_TRUE(refusal);
	for (auto part : {"protected mode", "192.0.2.7", "--token-file", "--allow-remote-without-authentication"}) {
		EXPECT_TRUE(Contains(*refusal, part)) << *refusal;
	}
	// A token proves nothing to a server that has none.
	EXPECT_TRUE(policy.Refusal(REMOTE, Headers {{"authorization", "Bearer anything"}}));
	EXPECT_TRUE(policy.Refusal("", {}));
}

TEST(AccessPolicy, OpenModeServesEveryone) {
	AccessPolicy policy(std::nullopt, true);
	EXPECT_EQ(policy.Mode(), AccessMode::OPEN);
	EXPECT_FALSE(policy.Refusal(REMOTE, {}));
	EXPECT_FALSE(policy.Refusal("", {}));
}

TEST(AccessPolicy, ATokenIsAskedOfEveryone) {
	for (auto allow_remote : {false, true}) {
		AccessPolicy policy(AccessToken("s3cret", "test"), allow_remote);
		EXPECT_EQ(policy.Mode(), AccessMode::TOKEN);
		for (auto peer : {LOCAL, REMOTE, "unix:", ""}) {
			EXPECT_FALSE(policy.Refusal(peer, Headers {{"authorization", "Bearer s3cret"}}));
			EXPECT_FALSE(policy.Refusal(peer, Headers {{"authorization", "bearer s3cret"}}));
			EXPECT_TRUE(policy.Refusal(peer, {}));
		}
	}
}

TEST(AccessPolicy, MissingAndWrongTokensAreToldApart) {
	AccessPolicy policy(AccessToken("s3cret", "test"), false);
	auto missing = policy.Refusal(LOCAL, {});
	ASSERT_TRUE(missing);
	EXPECT_TRUE(Contains(*missing, "carried none")) << *missing;
	for (auto value : {"", "s3cret", "Bearer", "Basic s3cret", "Bearers3cret", "Bearer\ts3cret"}) {
		auto refusal = policy.Refusal(LOCAL, Headers {{"authorization", value}});
		ASSERT_TRUE(refusal) << value;
		EXPECT_TRUE(Contains(*refusal, "must read 'Bearer <token>'")) << *refusal;
	}
	for (auto value :
	     {"Bearer ", "Bearer s3cre", "Bearer  s3cret", "Bearer s3cret ", "Bearer S3CRET", "Bearer guessed"}) {
		auto refusal = policy.Refusal(LOCAL, Headers {{"authorization", value}});
		ASSERT_TRUE(refusal) << value;
		EXPECT_TRUE(Contains(*refusal, "not the server's")) << *refusal;
		EXPECT_FALSE(Contains(*refusal, "guessed")) << *refusal;
		EXPECT_FALSE(Contains(*refusal, "s3cret")) << *refusal;
	}
	EXPECT_TRUE(
	    policy.Refusal(LOCAL, Headers {{"authorization", "Bearer s3cret"}, {"authorization", "Bearer s3cret"}}));
}

TEST(AccessControl, AReplacedTokenIsRefused) {
	AccessControl control(AccessPolicy(AccessToken("s3cret", "test"), false));
	const Headers old_headers {{"authorization", "Bearer s3cret"}};
	const Headers new_headers {{"authorization", "Bearer n3w"}};
	auto before = control.Admit(LOCAL, old_headers);
	EXPECT_FALSE(before.refusal);
	AdmittedCall call(control, before.token_number);
	EXPECT_FALSE(call.TokenReplaced());
	EXPECT_FALSE(control.ReplaceToken(AccessToken("s3cret", "test")));
	EXPECT_FALSE(call.TokenReplaced());
	EXPECT_TRUE(control.ReplaceToken(AccessToken("n3w", "test")));
	EXPECT_TRUE(call.TokenReplaced());
	EXPECT_TRUE(control.Admit(LOCAL, old_headers).refusal);
	auto after = control.Admit(LOCAL, new_headers);
	EXPECT_FALSE(after.refusal);
	EXPECT_FALSE(AdmittedCall(control, after.token_number).TokenReplaced());
	EXPECT_EQ(control.Mode(), AccessMode::TOKEN);
}

} // namespace
} // namespace skein
