using System.Globalization;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Connector.Policies.Decisions;

/// <summary>Makes the line of a decision: OPA's decision-log event, masked.</summary>
internal sealed class DecisionLine(IReadOnlyList<DecisionMask> masks, IReadOnlyDictionary<string, string> labels)
{
    private const string BundleName = "space";

    public JsonObject Of(DecisionEvent decision, DateTimeOffset time)
    {
        var line = new JsonObject
        {
            ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
            ["decision_id"] = decision.Id,
            ["bundles"] = new JsonObject { [BundleName] = new JsonObject { ["revision"] = decision.Revision } },
            ["path"] = decision.Path,
        };
        Add(line, "input", decision.Input);
        Add(line, "result", decision.Result);
        if (decision.Error is not null)
        {
            line["error"] = new JsonObject { ["code"] = "internal_error", ["message"] = decision.Error };
        }

        if (decision.RequestedBy is not null)
        {
            line["requested_by"] = decision.RequestedBy;
        }

        line["timestamp"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        line["metrics"] = new JsonObject { ["timer_rego_query_eval_ns"] = (long)decision.Elapsed.TotalNanoseconds };
        Mask(line);
        return line;
    }

    private static void Add(JsonObject line, string name, string? json)
    {
        if (json is not null)
        {
            line[name] = JsonNode.Parse(json);
        }
    }

    private void Mask(JsonObject line)
    {
        var (erased, masked) = (new JsonArray(), new JsonArray());
        foreach (var mask in masks)
        {
            if (mask.Op == DecisionMask.Remove ? Remove(line, mask.Keys) : Replace(line, mask.Keys, mask.Value!))
            {
                (mask.Op == DecisionMask.Remove ? erased : masked).Add(mask.Path);
            }
        }

        // A path that was not there is not listed: it says nothing about this decision.
        if (erased.Count > 0)
        {
            line["erased"] = erased;
        }

        if (masked.Count > 0)
        {
            line["masked"] = masked;
        }
    }

    private static bool Remove(JsonObject line, IReadOnlyList<string> keys)
    {
        switch (Parent(line, keys))
        {
            case JsonObject @object:
                return @object.Remove(keys[^1]);
            case JsonArray array when Index(array, keys[^1]) is { } index:
                array.RemoveAt(index);
                return true;
            default:
                return false;
        }
    }

    private static bool Replace(JsonObject line, IReadOnlyList<string> keys, string value)
    {
        switch (Parent(line, keys))
        {
            case JsonObject @object:
                @object[keys[^1]] = value;
                return true;
            case JsonArray array when Index(array, keys[^1]) is { } index:
                array[index] = value;
                return true;
            default:
                return false;
        }
    }

    private static JsonNode? Parent(JsonObject line, IReadOnlyList<string> keys)
    {
        JsonNode? at = line;
        foreach (var key in keys.SkipLast(1))
        {
            at = at switch
            {
                JsonObject @object => @object[key],
                JsonArray array when Index(array, key) is { } index => array[index],
                _ => null,
            };
        }

        return at;
    }

    private static int? Index(JsonArray array, string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < array.Count ? index : null;
}
