#include "engine/question.hpp"

#include <algorithm>
#include <crosswatch/batch.hpp>

namespace crosswatch::host::engine {

Operation make_operation(RunContext& ctx, Operation::Progress progress) {
  return Operation(ctx.options.cancel, std::move(progress), ctx.options.sleep);
}

std::optional<std::vector<cw_answer>> ask(RunContext& ctx, Port& port, Feature feature, const std::vector<Fact>& items,
                                          std::uint32_t flags) {
  std::vector<cw_answer> answers;
  for (std::size_t from = 0; from < items.size(); from += question_batch) {
    const std::size_t n = std::min(question_batch, items.size() - from);
    FactBatch batch;
    for (std::size_t i = from; i < from + n; ++i) batch.add(items[i]);
    Operation op = make_operation(ctx);
    try {
      const auto some = port.session->lookup(op, feature, port.libraries, batch.facts(), flags);
      answers.insert(answers.end(), some.begin(), some.end());
    } catch (const Error& e) {
      if (e.status == CW_UNSUPPORTED) return std::nullopt;
      throw;
    }
  }
  return answers;
}

}  // namespace crosswatch::host::engine
