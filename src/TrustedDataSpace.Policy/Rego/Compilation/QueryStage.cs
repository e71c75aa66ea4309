using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Compiles a query against modules that are compiled already. It changes nothing of theirs.</summary>
internal static class QueryStage
{
    public static Body Parse(Compilation errors, RegoSource source)
    {
        try
        {
            var body = ModuleParser.ParseQuery(source);
            if (body.Literals.Count > 0)
            {
                return body;
            }

            errors.Report(ErrorCodes.Parse, body.Location, "the query is empty");
        }
        catch (SyntaxException error)
        {
            errors.Report(ErrorCodes.Parse, error.Location, error.Message);
        }

        errors.ThrowIfErrors();
        throw new InvalidOperationException("Errors were reported.");
    }

    public static QueryPlan Run(Compilation modules, PlanContext context, RegoSource source)
    {
        var compilation = new Compilation([source], modules.Root) { Builtins = modules.Builtins };
        var parsed = Parse(compilation, source);
        var resolver = new NameResolver(compilation, modules.Builtins, null, new Dictionary<string, RefTerm>());
        Body? body = null;
        Scope? scope = null;
        resolver.InScope(DirectNames.Of(parsed), () => (body, scope) = (resolver.Rewrite(parsed), resolver.Scope));
        body = OrderStage.OrderQuery(compilation, HoistStage.HoistQuery(body!));
        compilation.ThrowIfErrors();

        try
        {
            return Plan(context, body, scope!);
        }
        catch (PlanException error)
        {
            compilation.Report(ErrorCodes.Compile, error.Location, error.Message);
            compilation.ThrowIfErrors();
            throw;
        }
    }

    private static QueryPlan Plan(PlanContext context, Body body, Scope scope)
    {
        var frame = new Frame();
        var planner = new BodyPlanner(context, frame, []);
        planner.Plan(body);
        var variables = scope.Visible.Where(planner.Bound.Contains)
            .Select(variable => (new RegoString(variable.Name), frame.SlotOf(variable)));
        var document = planner.Steps is [BindStep bind] ? bind.Value : null;
        return new QueryPlan(planner.Finish(new YieldBindingsStep(0, [.. variables])), frame.Size, document);
    }
}
