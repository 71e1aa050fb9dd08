// What is remembered between runs to save requests: small records in the host's store. Hints and proofs, never
// secrets; a token is remembered by its hash only.
#pragma once

#include <crosswatch/call.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "account/plextv.hpp"
#include "account/scope.hpp"
#include "account/tokens.hpp"

namespace crosswatch::plex {

using Record = std::map<std::string, std::string>;

// Empty when there is none.
Record recall(const Host& host, std::string_view name);
// Writes only what changed. A store that fails costs speed, not the operation: it is logged.
void remember(const Host& host, std::string_view name, const Record& record);
void forget(const Host& host, std::string_view name);

// SHA-256 as hex, of the texts in their order.
std::string fingerprint(std::initializer_list<std::string_view> texts);

// The profile's own client identifier: from the settings, else made once and kept. Under it plex.tv lists the device.
std::string client_id_of(const Host& host);

// "identity": whose login a token is. A token never changes its owner, so this holds as long as the token.
void remember_identity(const Host& host, const AccountToken& token, const Person& person);
std::optional<Person> recall_identity(const Host& host, const AccountToken& token);
// "member": the Home user that was entered last.
void remember_member(const Host& host, const Person& person);
std::optional<Person> recall_member(const Host& host, std::int64_t id);
// "server": where it answered last, and where plex.tv listed it. Of the linked account itself (`own`) also the proof of
// its token, which stands in the settings: that plex.tv listed it for this user and this server.
// `device`: as plex.tv has just listed it; without addresses, those that it listed before stay.
void remember_server(const Host& host, const ServerAccess& server, const Device& device, std::int64_t user_id,
                     bool own);
std::string server_proof(const ServerToken& token, const std::string& machine_id, std::int64_t user_id);

}  // namespace crosswatch::plex
