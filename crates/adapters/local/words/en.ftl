# The words of messages. `-title` and `-body` are a push; `-subject` and `-letter` a mail. An empty line parts paragraphs.

letter-greeting = Hello { $name },
letter-footer = You get this mail because of your account with us.

subscription-active-title = You're in
subscription-active-body = { $plan } is active. Time to train.
subscription-active-subject = { $plan } is active
subscription-active-letter =
    your subscription to { $plan } is active. It is paid until { $until } and renews by itself.

    You can see it, change it or cancel it in the app at any time.

payment-received-subject = We received { $amount }
payment-received-letter =
    we received your payment of { $amount }. Thank you.

    The invoice is in the app, under Subscription.

payment-failed-title = A payment did not go through
payment-failed-body = { $plan } stays open until { $until }. Please check your card.
payment-failed-subject = A payment did not go through
payment-failed-letter =
    your last payment for { $plan } did not go through. We will try again over the next days.

    Nothing is lost: everything stays open until { $until }. To be safe, please check your payment method in the app.

subscription-ended-title = Your subscription has ended
subscription-ended-body = { $plan } has ended. Your logs stay with you.
subscription-ended-subject = { $plan } has ended
subscription-ended-letter =
    your subscription to { $plan } has ended. Everything you logged stays with you.

    If you would like to come back, you can do so in the app at any time.

password-changed-subject = Your password was changed
password-changed-letter =
    the password of your account was changed just now, and all your other devices were logged out.

    If that was not you, choose a new password at once.
