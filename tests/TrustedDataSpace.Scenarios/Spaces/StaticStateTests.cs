using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>What the services of one process share is what is static: that never changes, so that nothing of one space reaches another through it.</summary>
public sealed class StaticStateTests
{
    /// <summary>Shared on purpose. The reason says why nothing of a space is in it.</summary>
    private static readonly Dictionary<string, string> Shared = new(StringComparer.Ordinal)
    {
        ["TrustedDataSpace.Connector.DataPlane.GateMetrics.Source"] = "says only that something is heard of; each service exports the spans that began with a request to it",
        ["TrustedDataSpace.Protocol.Tokens.Tokenizer.Shared"] = "the vocabulary, read once from the program itself",
    };

    private static readonly Type[] Changing =
    [
        typeof(AsyncLocal<>), typeof(ThreadLocal<>), typeof(ConditionalWeakTable<,>), typeof(Lock), typeof(SemaphoreSlim), typeof(CancellationTokenSource), typeof(TaskCompletionSource),
        typeof(ActivitySource), typeof(System.Diagnostics.Metrics.Meter), typeof(HttpClient), typeof(Lazy<>), typeof(List<>), typeof(Queue<>),
    ];

    private static readonly Assembly[] Services = [typeof(ServiceHost).Assembly, typeof(ConnectorHost).Assembly, typeof(PolicyDecision).Assembly, typeof(ProtocolJson).Assembly];

    [Fact]
    public void Nothing_static_changes_once_it_is_made()
    {
        var fields = Services.SelectMany(assembly => assembly.GetTypes())
            .Where(type => !IsMade(type))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral && !(field.Name.StartsWith('<') && !field.Name.EndsWith("k__BackingField", StringComparison.Ordinal)))
            .ToList();
        Assert.True(fields.Count > 100, $"{fields.Count} fields");
        Assert.Equal(Shared.Keys.Order(StringComparer.Ordinal), fields.Where(MayChange).Select(field => $"{field.DeclaringType!.FullName}.{field.Name}").Order(StringComparer.Ordinal));
    }

    private static bool MayChange(FieldInfo field)
    {
        var type = field.FieldType.IsGenericType ? field.FieldType.GetGenericTypeDefinition() : field.FieldType;
        return !field.IsInitOnly || Changing.Contains(type) || type.Namespace is "System.Collections.Concurrent" or "System.Threading.Channels" or "Microsoft.Extensions.Caching.Memory";
    }

    // By the compiler, or by its generators, whose caches hold no values of ours.
    private static bool IsMade(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute)) || type.Namespace?.StartsWith("TrustedDataSpace", StringComparison.Ordinal) != true
        || (type.DeclaringType is { } outer && IsMade(outer));
}
