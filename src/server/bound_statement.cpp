#include "server/bound_statement.hpp"

#include <array>

#include "duckdb/common/error_data.hpp"
#include "duckdb/parser/sql_statement.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/planner.hpp"
#include "server/request_error.hpp"

namespace skein {

using duckdb::LogicalOperator;

//! Functions that a SELECT may call and that do something. The engine itself knows of sequences only.
static constexpr std::array FUNCTIONS_WITH_EFFECTS {"checkpoint",     "force_checkpoint", "write_log",
                                                    "enable_logging", "disable_logging",  "truncate_duckdb_logs",
                                                    "enable_profile", "disable_profile"};

static bool HasEffects(const duckdb::Identifier &function) {
	for (auto name : FUNCTIONS_WITH_EFFECTS) {
		if (function == name) {
			return true;
		}
	}
	return false;
}

static bool HasEffects(const duckdb::Expression &expression) {
	bool found = expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION &&
	             HasEffects(expression.Cast<duckdb::BoundFunctionExpression>().Function().GetName());
	duckdb::ExpressionIterator::EnumerateChildren(
	    expression, [&](const duckdb::Expression &child) { found = found || HasEffects(child); });
	return found;
}

//! In the plan, where views and macros have become what they stand for.
static bool HasEffects(const LogicalOperator &plan) {
	if (plan.type == duckdb::LogicalOperatorType::LOGICAL_COPY_TO_FILE) {
		return true;
	}
	if (plan.type == duckdb::LogicalOperatorType::LOGICAL_GET &&
	    HasEffects(plan.Cast<duckdb::LogicalGet>().function.GetName())) {
		return true;
	}
	for (auto &expression : plan.expressions) {
		if (HasEffects(*expression)) {
			return true;
		}
	}
	for (auto &child : plan.children) {
		if (HasEffects(*child)) {
			return true;
		}
	}
	return false;
}

void CheckParameters(const duckdb::SQLStatement &statement, const StatementParameters &parameters) {
	std::string missing;
	for (auto &expected : statement.named_param_map) {
		if (parameters.find(expected.first) == parameters.end()) {
			missing += (missing.empty() ? "$" : ", $") + expected.first.GetIdentifierName();
		}
	}
	if (!missing.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "The statement has parameters without a value in the request: " + missing);
	}
	std::string unknown;
	for (auto &given : parameters) {
		if (statement.named_param_map.find(given.first) == statement.named_param_map.end()) {
			unknown += (unknown.empty() ? "$" : ", $") + given.first.GetIdentifierName();
		}
	}
	if (!unknown.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "The request has values for parameters that are not in the statement: " + unknown);
	}
}

//! Only these can become several statements, and they have no parameters.
static bool MayExpand(const duckdb::SQLStatement &statement) {
	return statement.type == duckdb::StatementType::PRAGMA_STATEMENT ||
	       statement.type == duckdb::StatementType::MULTI_STATEMENT;
}

static BoundStatement BindExpanding(duckdb::ClientContext &context, const duckdb::SQLStatement &statement) {
	auto signature = context.BindStatement(statement.Copy());
	BoundStatement result;
	result.types = std::move(signature.types);
	result.names = std::move(signature.names);
	result.return_type = signature.properties.return_type;
	result.is_deferred = signature.metadata_deferred;
	return result;
}

static BoundStatement Plan(duckdb::ClientContext &context, const duckdb::SQLStatement &statement,
                           const StatementParameters &parameters) {
	duckdb::Planner planner(context);
	for (auto &parameter : parameters) {
		planner.parameter_data.emplace(parameter.first, parameter.second);
	}
	planner.CreatePlan(statement.Copy());
	BoundStatement result;
	result.types = planner.types;
	result.names = planner.names;
	result.return_type = planner.properties.return_type;
	result.is_plain_read = statement.type == duckdb::StatementType::SELECT_STATEMENT &&
	                       planner.properties.IsReadOnly() && planner.plan && !HasEffects(*planner.plan) &&
	                       result.return_type == duckdb::StatementReturnType::QUERY_RESULT;
	return result;
}

BoundStatement Bind(duckdb::ClientContext &context, const duckdb::SQLStatement &statement,
                    const StatementParameters &parameters) {
	if (MayExpand(statement)) {
		return BindExpanding(context, statement);
	}
	BoundStatement result;
	duckdb::ErrorData failure;
	context.RunFunctionInTransaction(
	    [&]() {
		    try {
			    result = Plan(context, statement, parameters);
		    } catch (const std::exception &exception) {
			    // Binding changed nothing: thrown from here, its error would end the transaction all the same.
			    failure = duckdb::ErrorData(exception);
			    if (duckdb::Exception::InvalidatesDatabase(failure.Type())) {
				    throw;
			    }
		    }
	    },
	    false);
	if (failure.HasError()) {
		failure.Throw();
	}
	return result;
}

} // namespace skein
