/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol of a home in a bucket (docs/s3-home.md), for Spin: operators who are stopped and woken
 * between any two steps, leases that run out at any time, answers that are lost, on one log and one
 * lease.  The steps have the names of the functions that take them in runbook/record: take, renew
 * (home_lease.c), fence, append (home_log.c), may_send (home_store.c).
 *
 * What is checked:
 *   no_two     whoever has proved by a conditional write that the stack is his, and whom nobody has
 *              fenced since, is alone: two never may send at once
 *   intended   no call is sent without its intent in the log, written in its sender's own epoch, in
 *              a log that nobody with a greater epoch had fenced before
 *   one_log    epochs never go back in the log: there is one history
 *   fenced     a holder's number is taken by nobody who had the stack before it
 *   alone      an operator whose own object answers 412 does not give up (a lost answer)
 *
 * Between may_send and the sending itself the model lets nothing happen, as the program does nothing
 * there; what is on its way when somebody takes over is looked for by its tag, and is not modelled.
 */
#ifndef OPERATORS
#define OPERATORS 2
#endif
#ifndef LOG
#define LOG 7 /* batches; more are refused, and the model ends there */
#endif
#ifndef TAKEN
#define TAKEN 3 /* epochs */
#endif

byte lease_epoch;      /* the lease object: its epoch, */
byte lease_tag;	       /* its entity tag, which every write changes, */
bool lease_held;       /* and whether its holder gave it back */
bool ran_out;	       /* by S3's clock; only whoever looks at it knows */
byte log_end;	       /* number of the last batch */
byte log_epoch[LOG + 1];
byte log_intent[LOG + 1]; /* the operator whose intent it holds, from 1; 0: a fence */
bool acted[OPERATORS + 1];

/* One conditional write, and the answer to it: `ok` is what its writer comes to believe.  The
 * answer may be lost; then it is sent again, meets what it wrote itself, and is looked at:
 * home_s3_object.c, read_whose. */
inline create(n, epoch, intent, ok)
{
	atomic {
		if
		:: log_end + 1 == n ->
			log_end = n;
			log_epoch[n] = epoch;
			log_intent[n] = intent;
			assert(n == 1 || log_epoch[n - 1] <= epoch); /* one_log */
			if
			:: ok = true		/* 200 */
#ifndef BELIEVE_412
			:: ok = true		/* lost; again; 412; its own nonce */
#else
			:: ok = false		/* lost; again; 412; believed */
#endif
			fi
		:: else -> ok = false		/* 412, a stranger's */
		fi
	}
}

proctype operator(byte me)
{
	byte epoch, tag, next, seen;
	bool ok;

take:	/* home_lease_take: look, then replace what was seen */
	atomic {
		tag = lease_tag;
		seen = lease_epoch;
		if
		:: lease_held && !ran_out -> skip
			/* waits until it ran out, or --take-over: not before */
		:: else
		fi
	}
	if
	:: seen >= TAKEN -> goto done
	:: else
	fi;
	atomic {
		if
		:: lease_tag == tag ->
			epoch = seen + 1;
			lease_epoch = epoch;
			lease_tag++;
			tag = lease_tag;
			lease_held = true;
			ran_out = false;
		:: else -> goto take
		fi
	}

fence:	/* read the log, and write a batch without lines behind its end */
	atomic {
		next = log_end + 1;
		if
		:: log_end > 0 && log_epoch[log_end] > epoch -> goto lost
		:: else
		fi
	}
	if
	:: next > LOG -> goto done
	:: else
	fi;
#ifndef NO_FENCE
	create(next, epoch, 0, ok);
	if
	:: ok -> next++
	:: else -> goto fence /* a late write of a smaller epoch, or a greater one: read again */
	fi;
#endif

work:
	do
	:: next <= LOG ->
append:		/* home_log_append: the intent */
		create(next, epoch, me, ok);
		if
		:: !ok ->
#ifdef BELIEVE_412
			assert(log_epoch[next] > epoch); /* alone: it was its own */
#endif
			assert(lease_epoch > epoch) /* fenced: nobody older takes a holder's number */;
			goto lost
		:: else -> next++
		fi;
		/* here it may be stopped for as long as it likes */
may_send:
		atomic {
#ifndef NO_PROOF
			/* renew, by the entity tag; while it was never stopped, the batch's own
			 * answer is that proof */
			if
			:: lease_tag == tag -> lease_tag++; tag = lease_tag; ran_out = false
			:: else -> goto lost
			fi;
#endif
			/* sent */
			assert(lease_epoch == epoch);		    /* no_two */
			assert(log_intent[next - 1] == me);	    /* intended */
			assert(log_epoch[next - 1] == epoch);
			assert(log_end == next - 1 || log_epoch[log_end] <= epoch);
			acted[me] = true
		}
	:: break
	od;
	/* home_lease_close: released, if it is still its own */
	atomic {
		if
		:: lease_tag == tag -> lease_tag++; lease_held = false
		:: else
		fi
	}
	goto done;
lost:	skip; /* exit 4 */
done:	skip
}

/* A lease may run out whenever its holder does not renew it. */
active proctype clock()
{
	do
	:: lease_held && !ran_out -> ran_out = true
	:: lease_epoch >= TAKEN -> break
	:: timeout -> break
	od
}

init {
	byte i = 1;

	atomic {
		do
		:: i <= OPERATORS -> run operator(i); i++
		:: else -> break
		od
	}
}
