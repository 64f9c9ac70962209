namespace SupportDeskAgent;

/// <summary>What the agent knows: last year's queues and the words that speak for each. A term ending in <c>*</c> matches any word that begins so.</summary>
/// <remarks>
/// The desk has changed since: <c>cancel_order</c> and <c>billing_docs</c> were renamed, <c>returns</c> was split in two, and <c>missing_parcel</c>
/// and <c>priority_care</c> are new. Nobody told the agent; that is what this sample is about, so do not bring this list up to date.
/// </remarks>
internal static class OldHandbook
{
    /// <summary>Where a message goes that matches nothing.</summary>
    public const string Fallback = "product_question";

    /// <summary>In the order that breaks a tie.</summary>
    public static IReadOnlyList<QueueWords> Queues { get; } =
    [
        new("delivery_status",
            ("where is my", 3), ("wheres my", 3), ("where are", 1.5), ("track*", 2.5), ("deliver*", 1.5), ("arriv*", 1.2), ("ship*", 1.5),
            ("dispatched", 2.5), ("in transit", 2.5), ("eta", 3), ("parcel*", 1.2), ("package", 1), ("courier*", 1.2), ("carrier*", 1.5),
            ("driver", 0.8), ("still waiting", 1.5), ("waiting", 1), ("still", 0.6), ("when will", 0.8), ("when do", 0.8), ("when does", 0.8),
            ("any news", 2), ("any update", 1.5), ("update on", 1), ("delayed", 2), ("delay", 2), ("depot", 2), ("on its way", 2.5),
            ("on the road", 2.5), ("expected", 1), ("havent", 0.8), ("not received", 1.5), ("never came", 2), ("never arrived", 2),
            ("supposed to be", 0.5), ("is coming", 1), ("coming", 1.2), ("come", 0.8), ("order", 0.4), ("lost", 0.8), ("get here", 2), ("nothing", 0.5),
            ("warehouse", 1.5), ("much longer", 2), ("days", 0.6), ("weeks", 0.8), ("neighbour*", 0.6), ("customs", 1.5), ("received", 0.4)),
        new("delivery_slot",
            ("slot*", 3.5), ("reschedul*", 4), ("appointment", 2.5), ("time window", 4), ("window", 2), ("another day", 3), ("different day", 3),
            ("postpone", 4), ("delivery date", 3), ("saturday delivery", 3.5), ("sunday delivery", 3.5), ("morning", 0.6), ("afternoon", 1.5),
            ("evening", 1), ("earlier", 1.5), ("later", 1), ("schedul*", 2.5), ("same day", 2.5), ("arrange the delivery", 3.5), ("book*", 1),
            ("a date", 1), ("hold", 1.5), ("until", 0.6), ("next week", 1.5), ("after 5pm", 3)),
        new("address_change",
            ("address*", 3), ("adress", 3), ("postcode", 3), ("house number", 3), ("moved", 2), ("moving house", 2), ("redirect", 3.5), ("street", 2),
            ("recipient", 2.5), ("deliver to", 2.5), ("shipped to", 2), ("apartment", 2), ("flat", 0.8), ("country", 1), ("city", 2)),
        new("damaged_item",
            ("damage*", 3), ("broken", 3), ("scratch*", 2.8), ("crack*", 3), ("dent*", 3), ("bent", 2.5), ("shattered", 3), ("smashed", 3),
            ("chip*", 2.5), ("torn", 2.5), ("tear", 2.5), ("stain", 2.5), ("hole", 1.5), ("splinter*", 2.5), ("warped", 2.5), ("ruined", 1.5),
            ("defect*", 2.5), ("broke", 2.5), ("peeling", 2.5), ("fell off", 2), ("snapped", 3), ("pieces", 0.8), ("marks", 1), ("light up", 2.5),
            ("photo*", 0.8)),
        new("complaint",
            ("complain*", 4), ("complaint", 1), ("rude", 3), ("manager", 3), ("terrible", 2.5), ("worst", 3), ("unacceptable", 3), ("disappointed", 1.8),
            ("unhappy", 2.5), ("impolite", 3), ("apology", 3), ("awful", 2.5), ("ridiculous", 2.5), ("hotline", 2), ("behaviour", 2.5),
            ("poor service", 3.5), ("service", 0.6), ("feedback", 2.5), ("professional", 2), ("never again", 3), ("responsible", 2), ("i want to", 0.2)),
        new("missing_parts",
            ("missing", 3), ("screws", 1.8), ("hardware", 2), ("not included", 2.5), ("wasnt included", 3), ("included", 1.2), ("isnt in the", 2.5),
            ("wasnt in", 2.5), ("in the box", 1.5), ("came without", 3.5), ("short of", 2.5), ("part", 1), ("parts", 1), ("spare part*", 3),
            ("part number", 3), ("hinges", 1.5), ("dowels", 2), ("bolts", 1.2), ("only got", 2), ("the set", 0.3), ("is not there", 2),
            ("there are no", 1.5), ("cam locks", 2)),
        new("assembly_advice",
            ("assembl*", 3.2), ("instructions", 2.8), ("manual", 2.5), ("step", 2.2), ("tools", 2.5), ("drill", 2.5), ("mount*", 1.5), ("adjust", 3),
            ("how do i", 1), ("how do you", 1), ("build", 1.8), ("built", 1.5), ("screw*", 1.5), ("fix", 0.8), ("to the wall", 2), ("wall", 0.6),
            ("way round", 2), ("which way", 1), ("take it apart", 2.5), ("fitter", 3), ("slatted", 1.5), ("bolts", 0.8), ("oil", 0.8)),
        new("returns",
            ("return*", 3), ("refund*", 3.5), ("send back", 3.5), ("sent back", 3), ("sending back", 3.5), ("send it back", 3.5), ("sent the", 0.8),
            ("money back", 3), ("give it back", 3), ("my money", 2.5), ("exchange", 1.5), ("changed my mind", 2.5), ("doesnt like", 1.5), ("too big", 1),
            ("pickup", 1), ("pick up", 1)),
        new("cancel_order",
            ("cancel*", 4.5), ("cancellation", 1), ("stop my order", 4), ("withdraw", 3), ("no longer need", 2)),
        new("billing_docs",
            ("invoice*", 4), ("receipt*", 3), ("vat", 3), ("bookkeeping", 2), ("accountant", 2), ("the bill", 2.5), ("tax", 1.5), ("pro forma", 2)),
        new("payment_problem",
            ("payment*", 3), ("paid", 2), ("pay", 2), ("paying", 2.5), ("paypal", 2.5), ("card", 1.5), ("credit card", 1.5), ("charge*", 2.2),
            ("declined", 2.5), ("bank", 1.2), ("instal*", 1.5), ("instalment*", 1.5), ("debit", 2), ("3d secure", 3), ("american express", 3),
            ("transferred", 2), ("dunning", 3), ("checkout", 1), ("apple pay", 2), ("the money", 1.2)),
        new("promo_code",
            ("promo", 3), ("voucher*", 3), ("discount*", 3), ("coupon", 4), ("gift card", 3), ("code", 2), ("newsletter", 1.5), ("loyalty", 2.5),
            ("referral", 3), ("price dropped", 2.5), ("not working", 0.5)),
        new("product_question",
            ("dimensions", 3), ("how high", 3), ("how much weight", 3), ("suitable", 2.5), ("washable", 3), ("colour", 1), ("fabric", 1.5),
            ("made of", 2), ("is the", 0.5), ("are the", 0.5), ("does the", 1), ("can the", 1), ("do the", 0.6), ("difference", 2), ("fit", 1),
            ("height", 2.5), ("thickness", 2.5), ("solid", 2), ("leather", 2), ("firm", 1.5), ("how do i clean", 3.5), ("weatherproof", 3),
            ("outdoors", 2.5), ("safe for", 2), ("samples", 2), ("which bulb", 3), ("how loud", 3), ("enough", 0.8), ("wood", 1), ("recommend", 1.5),
            ("can i put", 2), ("match", 1), ("wool", 2), ("cm", 1.5), ("kg", 1.5), ("which side", 2.5), ("does it", 0.5)),
        new("stock_availability",
            ("stock", 4), ("available", 2.5), ("availability", 4), ("sold out", 4), ("restock", 4), ("discontinued", 4), ("back in", 2), ("is back", 2),
            ("be back", 2), ("coming back", 3), ("few left", 3), ("reserve", 2.5), ("waiting list", 3.5), ("still available", 1),
            ("do you still have", 3), ("do you have the", 1), ("have left", 3), ("unavailable", 4), ("pre order", 2.5), ("still being made", 3),
            ("display model", 2.5), ("get more", 1.5), ("still order", 2), ("in the store", 1)),
        new("warranty_claim",
            ("warranty", 4.5), ("guarantee", 4.5), ("months", 1.6), ("worn out", 2.5), ("stopped working", 2), ("two years", 1.5), ("repair", 1.5),
            ("wear", 2), ("claim", 1)),
        new("account_login",
            ("log in", 3.5), ("logged", 2.5), ("login", 3.5), ("logs me out", 3), ("password*", 4), ("account*", 1.8), ("sign in", 3.5), ("sign up", 3),
            ("activation", 3), ("reset", 2), ("verification email", 3), ("my data", 2), ("personal data", 3.5), ("data", 1), ("hacked", 3),
            ("unsubscribe", 4), ("two factor", 4), ("profile", 2.5), ("email address", 2), ("order history", 3), ("registered", 1.5), ("the app", 0.8),
            ("past orders", 2.5)),
    ];
}

/// <summary>A queue and the weighted terms that speak for it.</summary>
internal sealed record QueueWords(string Queue, params (string Term, double Weight)[] Terms);
