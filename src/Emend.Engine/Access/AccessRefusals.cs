namespace Emend.Engine.Access;

internal sealed record NotPermitted(string Who, string Permission)
    : Refusal("access.not-permitted", $"'{Who}' may not do this: it takes the permission {Permission} (docs/guide/access.md says which role holds it)");

internal sealed record KeyIsUnknown(string Id)
    : Refusal("access.key-unknown", $"there is no key '{Id}'; `emend keys list` shows those there are");

internal sealed record KeyIsOver(string Id)
    : Refusal("access.key-over", $"key '{Id}' was revoked or has expired; issue a new one");

internal sealed record KeyRequestIsWrong(string Problem)
    : Refusal("access.key-wrong", Problem);

internal sealed record RolesConflict(string Why)
    : Refusal("access.roles-conflict", $"these roles do not go together in one hand: {Why}; issue two keys to two people");

internal sealed record OwnGrant()
    : Refusal("access.own-grant", "nobody issues a key to themselves; ask another admin, or the operator of the machine");

internal sealed record NotOnBehalfOfOthers(string Who, string By)
    : Refusal("access.not-on-behalf", $"the key belongs to the person '{Who}', the correction says '{By}' made it; send one's own, or let a service's key send for others");

internal sealed record NotYourOwn(string What)
    : Refusal("access.not-your-own", $"this {What} is somebody else's, and the key allows one's own only");
