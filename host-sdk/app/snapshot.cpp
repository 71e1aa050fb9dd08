#include <crosswatch/batch.hpp>
#include <fstream>
#include <iostream>

#include "commands.hpp"
#include "fact_text.hpp"
#include "json/fact_line.hpp"

namespace crosswatch::app {
namespace {

constexpr std::size_t import_batch = 500;

void expect_offered(const host::OpenProfile& profile, Feature feature, std::uint32_t what) {
  if ((profile.manifest->capability(feature).can & what) != 0) return;
  std::string offered;
  for (const Feature f : all_features)
    if ((profile.manifest->capability(f).can & what) != 0)
      offered += (offered.empty() ? "" : ", ") + std::string(name_of(f));
  throw Error(CW_UNSUPPORTED, "not_offered",
              profile.manifest->label + " does not offer " + std::string(name_of(feature)) +
                  (what == CW_READ ? "" : " that can be added to") + "; it offers " +
                  (offered.empty() ? "none." : offered + "."));
}

// Totals of an import.
struct Imported {
  std::uint64_t stored = 0, unchanged = 0, refused = 0;
};

// What is there already with another value is replaced by what the file says, where the provider can do that.
void store(Context& c, host::OpenProfile& profile, Feature feature, const std::vector<Fact>& facts, Imported& total) {
  OpBatch adds, updates;
  for (const Fact& fact : facts) adds.add(CW_OP_ADD, fact, no_value);
  const bool can_update = (profile.manifest->capability(feature).can & CW_UPDATE) != 0;
  const auto apply = [&](const std::vector<cw_op>& ops, bool again) {
    host::Operation op(c.ws.cancel);
    const host::ApplyResult result = profile.session->apply(op, feature, {}, ops);
    for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
      const cw_outcome& o = result.outcomes[i];
      if (o.result == CW_APPLIED) {
        ++total.stored;
      } else if (o.result == CW_ALREADY) {
        ++total.unchanged;
      } else if (o.result == CW_STALE && can_update && again) {
        updates.add(CW_OP_UPDATE, facts[i], o.value);
      } else if (o.result != CW_NOT_ATTEMPTED) {
        ++total.refused;
        c.out.note(
            "Not stored: " + title_text(*ops[i].fact) + ": " +
            (o.reason[0] != '\0' ? std::string(o.reason) : "there is another value: " + value_text(feature, o.value)));
      }
    }
    if (result.error) throw *result.error;
  };
  apply(adds.ops(), true);
  if (!updates.empty()) apply(updates.ops(), false);
}

}  // namespace

ExitCode snapshot(Context& c, const ProfileRef& ref, Feature feature) {
  host::OpenProfile profile = c.ws.plugins.open(ref.provider, ref.profile);
  expect_offered(profile, feature, CW_READ);
  host::Operation op(c.ws.cancel, [&](std::uint64_t done, std::uint64_t total) {
    c.out.progress("reading " + std::string(name_of(feature)), done, total);
  });
  std::string lines;
  std::uint64_t count = 0;
  const host::SnapshotResult end = profile.session->snapshot(op, feature, {}, [&](const cw_facts& page) {
    lines.clear();
    for_each<cw_fact>(page.first, page.count, page.stride, [&](const cw_fact& f) {
      ++count;
      if (c.out.json())
        host::json::append_fact_line(lines, feature, f);
      else
        lines += title_text(f) + "  " + value_text(feature, f.value) + "\n";
    });
    c.out.raw(lines);
  });
  c.out.end_progress();
  if (c.out.json()) {
    lines.clear();
    host::json::append_end_line(lines, end.complete, count, end.reason);
    c.out.raw(lines);
  } else {
    c.out.note(std::to_string(count) + (count == 1 ? " item" : " items") +
               (end.complete ? "." : ", NOT COMPLETE: " + end.reason));
  }
  return end.complete ? ExitCode::ok : ExitCode::error;
}

ExitCode import_facts(Context& c, const ProfileRef& ref, Feature feature, const std::string& file) {
  host::OpenProfile profile = c.ws.plugins.open(ref.provider, ref.profile);
  expect_offered(profile, feature, CW_ADD);
  const bool from_stdin = file == "-";
  const std::string name = from_stdin ? "Standard input" : file;
  std::ifstream opened;
  if (!from_stdin) opened.open(file);
  std::istream& in = from_stdin ? std::cin : opened;

  // All lines are read before the first is stored: a file that is cut or broken changes nothing.
  std::vector<Fact> facts;
  std::optional<host::json::FactLine> end;
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    host::json::FactLine parsed = host::json::parse_fact_line(line, feature, number);
    if (parsed.end)
      end = std::move(parsed);
    else
      facts.push_back(std::move(parsed.fact));
  }
  if (in.bad() || (!from_stdin && !opened.is_open()))
    throw Error(CW_STORAGE, "cannot_read", name + " cannot be read. Nothing was stored.",
                "Is the path right, and the file yours?");
  if (!end || !end->complete || end->count != facts.size())
    throw Error(CW_CONFIG, "incomplete_import",
                name + " is not a complete export: " +
                    (end ? "it says so itself, or its count does not fit." : "its closing line is missing.") +
                    " Nothing was stored.",
                "Make it again: crosswatch snapshot PROVIDER FEATURE --json > FILE");

  Imported total;
  for (std::size_t from = 0; from < facts.size(); from += import_batch) {
    const std::size_t to = std::min(from + import_batch, facts.size());
    store(c, profile, feature,
          std::vector<Fact>(facts.begin() + static_cast<std::ptrdiff_t>(from),
                            facts.begin() + static_cast<std::ptrdiff_t>(to)),
          total);
    c.out.progress("storing " + std::string(name_of(feature)), to, facts.size());
  }
  c.out.end_progress();
  if (c.out.json())
    c.out.value(
        host::json::object({{"stored", total.stored}, {"unchanged", total.unchanged}, {"refused", total.refused}}));
  else
    c.out.line(std::to_string(total.stored) + " stored, " + std::to_string(total.unchanged) + " there already, " +
               std::to_string(total.refused) + " refused.");
  return total.refused == 0 ? ExitCode::ok : ExitCode::failed;
}

}  // namespace crosswatch::app
